// For `node --require`: tells on standard error each script of the product that is loaded, and what V8 said to its cache.
const { writeSync } = require('node:fs');
const vm = require('node:vm');

vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    const cache = options.cachedData === undefined ? 'none' : this.cachedDataRejected ? 'rejected' : 'taken';
    writeSync(2, `loaded ${options.filename} cache ${cache}\n`);
  }
};
