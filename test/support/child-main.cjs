// A second process of a test: runs the function that its parent (child.ts) sends, on the built library.
const { runInThisContext } = require('node:vm');

function describe(error) {
  if (typeof error !== 'object' || error === null) return { message: String(error) };
  const properties = {};
  for (const [name, value] of Object.entries(error)) {
    if (name !== 'cause') properties[name] = value;
  }
  return { name: error.name, message: error.message, stack: error.stack, ...properties };
}

process.once('message', async ({ source, args, user }) => {
  const sysvmq = require(process.env.SYSVMQ_TEST_PACKAGE);
  try {
    sysvmq.getLimits(); // Loads the addon while this process may still read every folder above it.
  } catch {
    // The body meets the same error.
  }
  if (user !== undefined) {
    process.setgroups(user.groups ?? []);
    process.setgid(user.gid);
    process.setuid(user.uid);
  }
  const context = {
    sysvmq,
    require,
    say: (event, value) => process.send({ event, value }),
    /** The next message that the parent tells. */
    told: () => new Promise((resolve) => process.once('message', resolve)),
    /** What `call` throws, or undefined. */
    failure(call) {
      try {
        call();
        return undefined;
      } catch (error) {
        return describe(error);
      }
    },
  };
  try {
    const body = runInThisContext(`(${source})`);
    const result = await body(context, args);
    process.send({ result }, () => process.disconnect());
  } catch (error) {
    process.send({ error: describe(error) }, () => process.disconnect());
  }
});
process.send({ event: 'started' });
