// The hostname in the path of a server.

import { z } from '@hono/zod-openapi';

/** As it is kept, however it is written; what is no hostname is simply not there. */
export const serverParams = z.object({
  hostname: z
    .string()
    .max(254)
    .transform((text) => text.toLowerCase().replace(/\.$/, '')),
});
