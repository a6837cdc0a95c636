import { settingUpOffsite, startingMoto } from '../../store.js';
import type { Chapter } from './story.js';

export const offsite: Chapter = {
  title: 'copies in an object store',
  guests: { host: { image: 'bench' } },
  steps: [
    { needs: `${startingMoto}\n${settingUpOffsite('shop')}\nbench config set offsite.keep.last 1 -b shop` },
    'bench offsite push -b shop --dry-run',
    'bench offsite push -b shop',
    'bench offsite push -b shop --full',
    'bench offsite status -b shop',
    'bench offsite verify -b shop',
    'bench offsite verify -b shop --level boot --identity /root/identity.txt',
    {
      needs:
        'bench volume snapshot -b shop --tag 20250528-140000; bench offsite push -b shop --snapshot 20250528-140000',
    },
    'bench offsite list -b shop',
    'bench offsite restore -b shop --as shop4 --identity /root/identity.txt --dry-run',
    'bench offsite restore -b shop --as shop2 --identity /root/identity.txt',
    'bench offsite restore 20250528-140000 -b shop --as shop3 --identity /root/identity.txt',
    'bench offsite prune -b shop --dry-run',
    'bench offsite prune -b shop --yes',
  ],
};
