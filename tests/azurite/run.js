// Usage: node run.js AZURITE_FOLDER [arguments of azurite]
// Runs the storage emulator in this process for as long as standard input stays open. The process that started it holds
// the other end, so however that one ends, by kill -9 too, no emulator is left behind.
'use strict';

const path = require('path');

const [folder, ...rest] = process.argv.slice(2);
const main = path.join(path.resolve(folder), 'node_modules', 'azurite', 'dist', 'src', 'azurite.js');

process.stdin.on('end', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
process.stdin.resume();

process.argv = [process.argv[0], main, ...rest];
require(main);
