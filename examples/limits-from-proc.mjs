// The three limits as /proc/sys/kernel has them, with what each means and how it shows itself.
//
//   node examples/limits-from-proc.mjs
import { describeLimits, readProcLimits } from 'sysvmq';

const values = readProcLimits();

for (const limit of describeLimits()) {
  if (limit.procPath === null) continue;
  console.log(`${limit.name} = ${values[limit.field]} ${limit.unit}`);
  console.log(`  file      ${limit.procPath}`);
  console.log(`  range     0 … ${limit.ceiling} (default ${limit.default})`);
  console.log(`  limits    ${limit.limits}`);
  console.log(`  at it     ${limit.error.syscall} fails with ${limit.error.code}: ${limit.error.className}`);
  console.log(`  remedy    ${limit.remedy}`);
  console.log();
}
