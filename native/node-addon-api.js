// Prints the folder of node-addon-api's headers, for binding.gyp and CMakeLists.txt: the copy that the published package
// carries (scripts/prepack.mjs), so that it builds where nothing else is installed, or the development dependency.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const carried = join(__dirname, 'node-addon-api');
console.log(existsSync(join(carried, 'napi.h')) ? carried : require('node-addon-api').include_dir);
