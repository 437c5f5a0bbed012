import { z } from 'zod';
import { instant } from '../calendar.ts';
import type { SiteRecordsStore } from '../site-records-store.ts';
import { textField } from './body-fields.ts';
import { created, findById, noContent, ok, parseBody, refuseBeyond, type SiteRoute } from './site-route.ts';

export const annotationsPerSiteMax = 200;
const textCharactersMax = 500;

const annotationSchema = z.object({
  date: z.iso.date({ error: 'date must be a day such as 2026-11-01' }),
  text: textField('text', textCharactersMax),
});

export function annotationRoutes(store: SiteRecordsStore, now: () => number): readonly SiteRoute[] {
  return [
    { method: 'get', path: '/annotations', answer: ({ site }) => ok({ data: store.find(site).annotations }) },
    {
      method: 'post',
      path: '/annotations',
      answer: (call) => {
        const wanted = parseBody(annotationSchema, call.body);
        const records = store.find(call.site);
        refuseBeyond(annotationsPerSiteMax, records.annotations, 'annotations');
        const annotation = { id: `annotation_${records.nextAnnotation}`, ...wanted, created_at: instant(now()) };
        store.replace(call.site, {
          ...records,
          annotations: [...records.annotations, annotation],
          nextAnnotation: records.nextAnnotation + 1,
        });
        return created(annotation, call);
      },
    },
    {
      method: 'delete',
      path: '/annotations/:id',
      answer: ({ site, id }) => {
        const records = store.find(site);
        const gone = findById(records.annotations, id);
        store.replace(site, { ...records, annotations: records.annotations.filter((known) => known !== gone) });
        return noContent;
      },
    },
  ];
}
