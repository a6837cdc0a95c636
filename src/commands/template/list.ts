import { BaseCommand } from '../../base-command.js';
import { listAllTemplates, type TemplateList } from '../../clone/clone.js';
import { requireLinux } from '../../host/platform.js';
import { templateListText } from '../../output/template.js';

export default class TemplateListCommand extends BaseCommand {
  static override summary = 'List the templates of this host, and the clones of each';
  static override examples = ['<%= config.bin %> template list', '<%= config.bin %> template list --json'];

  async run(): Promise<TemplateList> {
    await this.parse(TemplateListCommand);
    requireLinux();
    const list = await listAllTemplates(this.runner);
    this.log(templateListText(list));
    return list;
  }
}
