/** Whether a bridge would work: what its machine, its routes and its engine say, without a change. */

import type { Engine, EngineConnection, Finding } from './engine';
import { messageOf } from './errors';
import { checkMachine } from './machine-checks';
import type { RouteHost } from './route-runner';
import { runnerOf } from './route-runners';
import type { CheckedRoute } from './routes';

export async function dryRun(
  engine: Engine,
  routes: readonly CheckedRoute[],
  host: RouteHost,
  state: string | undefined,
): Promise<Finding[]> {
  const found = checkMachine(state, routes);
  let connection: EngineConnection;
  try {
    connection = await engine.connect(host.name);
  } catch (error) {
    return [...found, { level: 'error', text: messageOf(error) }];
  }
  try {
    found.push({ level: 'ok', text: connection.server });
    for (const route of routes) {
      try {
        found.push(...(await runnerOf(route, host).check(connection)));
      } catch (error) {
        found.push({ level: 'error', route: route.name, text: messageOf(error) });
      }
    }
  } finally {
    await connection.close();
  }
  return found;
}
