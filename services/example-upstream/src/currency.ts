/** ISO 4217. Revenue and values are whole units of it. */
export const currency = 'USD';
