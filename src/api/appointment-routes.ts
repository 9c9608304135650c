// What people may do to an appointment: confirm, move, bring forward, cancel.

import { createRoute, z } from '@hono/zod-openapi';
import { getItem, orderKey } from '../steps/records.ts';
import { type AppointmentCommand, changeAppointment } from '../workflows/change-appointment.ts';
import { type Api, type ApiServices, requireScope } from './app.ts';
import type { Caller, Scope } from './bearer-token.ts';
import { appointmentView, viewAppointment } from './order-views.ts';
import { problemResponses } from './problem-responses.ts';

/** Of our own people, for whom policies may reserve the yes. */
const OPS_SCOPE: Scope = 'servers:admin';

const params = z.object({ id: z.string().max(80) });
const answers = {
  200: { description: 'As it is now', content: { 'application/json': { schema: appointmentView } } },
  ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422),
};

const moveBody = z
  .strictObject({
    opensAt: z.iso.datetime({
      offset: true,
      error: 'is no moment; write ISO 8601 with a zone, like 2027-01-31T02:30:00Z',
    }),
  })
  .openapi('Move');

const move = createRoute({
  method: 'post',
  path: '/v1/appointments/{id}/move',
  summary: 'Move the restart to another moment in a window of the policy',
  request: { params, body: { required: true, content: { 'application/json': { schema: moveBody } } } },
  responses: answers,
});

const plainActs = [
  { act: 'confirm', summary: 'Say yes to the restart' },
  { act: 'run-now', summary: 'Restart now, without waiting for the window' },
  { act: 'done', summary: 'Say that InfinityOne has been restarted by hand; what is served is looked at' },
  { act: 'cancel', summary: 'Cancel the restart; the old certificate stays served' },
] as const;

export function addAppointmentRoutes(api: Api, services: ApiServices): void {
  api.openapi(move, async (c) => {
    const caller = requireScope(c.var.caller, 'appointments:write');
    const command: AppointmentCommand = { act: 'move', opensAt: new Date(c.req.valid('json').opensAt) };
    return c.json(await change(caller, c.req.valid('param').id, command, services), 200);
  });
  for (const { act, summary } of plainActs) {
    const route = createRoute({
      method: 'post',
      path: `/v1/appointments/{id}/${act}`,
      summary,
      request: { params },
      responses: answers,
    });
    api.openapi(route, async (c) => {
      const caller = requireScope(c.var.caller, 'appointments:write');
      return c.json(await change(caller, c.req.valid('param').id, { act }, services), 200);
    });
  }
}

/** Whoever may accept host keys is one of our own people, and says yes as one. */
async function change(
  { partner, scopes }: Caller,
  id: string,
  command: AppointmentCommand,
  services: ApiServices,
): Promise<z.infer<typeof appointmentView>> {
  const side = scopes.includes(OPS_SCOPE) ? 'ops' : 'contact';
  const appointment = await changeAppointment(partner, id, { ...command, by: { side } }, services);
  const { value: order } = await getItem(services.inventory, orderKey(partner, appointment.orderId));
  return viewAppointment(appointment, order.request.windowPolicy.timeZone);
}
