import { sqliteBench } from './bench-sqlite.ts';
import { describeStore } from './contract.ts';

describeStore('SQLite', sqliteBench);
