import { z } from 'zod';

// Imported before any schema is made: otherwise zod would try `new Function`, which the page's policy forbids and
// reports.
z.config({ jitless: true });
