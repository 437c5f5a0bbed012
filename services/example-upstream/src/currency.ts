/** ISO 4217. Revenue and values are whole units of this currency. */
export const currency = 'USD';
