export const STYLE = `
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Liberation Sans", sans-serif; color: #111827; background: #f9fafb; margin: 0; }
main { max-width: 1120px; margin: 0 auto; padding: 24px; }
h1 { font-size: 28px; margin: 8px 0; } h2 { font-size: 20px; margin: 0 0 8px; } h3 { font-size: 16px; margin: 12px 0 4px; }
.lead { color: #374151; max-width: 80ch; }
section { background: #fff; border: 1px solid #e5e7eb; border-radius: 8px; padding: 16px 20px; margin: 16px 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; margin: 8px 0; }
th, td { text-align: left; vertical-align: top; padding: 4px 10px 4px 0; border-bottom: 1px solid #f3f4f6; overflow-wrap: break-word; }
td:last-child { overflow-wrap: anywhere; min-width: 12ch; }
details td:not(:last-child) { white-space: nowrap; }
th { color: #6b7280; font-weight: 600; }
ul { list-style: none; padding-left: 4px; margin: 4px 0; } li.failed { color: #b91c1c; font-weight: 600; }
code { font: 13px ui-monospace, "Liberation Mono", monospace; }
.badge { font-size: 12px; padding: 1px 8px; border-radius: 999px; } .good { background: #dcfce7; color: #166534; } .bad { background: #fee2e2; color: #991b1b; }
details { border-top: 1px solid #f3f4f6; padding: 6px 0; } summary { cursor: pointer; }
svg { max-width: 100%; height: auto; }
`;
