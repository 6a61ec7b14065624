// The administrator's page. What comes from the relay is only ever set as text, never as markup.

let key;
const at = (id) => document.getElementById(id);
const bounds = ['≤ 0.25 s', '≤ 1 s', '≤ 4 s', '≤ 16 s', '≤ 64 s', 'longer'];
const amount = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en');

async function ask(path, { method = 'GET', body } = {}) {
  const reply = await fetch(`/admin/api/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (reply.status === 204) return undefined;
  const json = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Error(json.error?.message ?? `The relay answered ${reply.status}.`);
  return json;
}

function element(name, content = [], attributes = {}) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...[content].flat());
  return made;
}

function drawn(name, attributes, text) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

function say(text, failed = false) {
  at('status').textContent = text;
  at('status').classList.toggle('failed', failed);
}

/** Bars that stand on one another, one for each entry: `{ label, title, parts: [[class, value], …] }`. */
function chart(place, entries) {
  const [width, height, left, bottom] = [520, 170, 44, 22];
  const most = Math.max(1, ...entries.map(({ parts }) => parts.reduce((sum, [, value]) => sum + value, 0)));
  const scale = (height - bottom - 8) / most;
  const step = (width - left) / Math.max(entries.length, 1);
  const svg = drawn('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img' });
  for (const share of [0, 0.5, 1]) {
    const y = height - bottom - share * most * scale;
    svg.append(
      drawn('line', { x1: left, x2: width, y1: y, y2: y }),
      drawn('text', { x: left - 6, y: y + 4, 'text-anchor': 'end' }, amount.format(share * most)),
    );
  }
  const every = Math.max(1, Math.ceil(entries.length / 6));
  entries.forEach(({ label, title, parts }, index) => {
    const x = left + index * step + step * 0.12;
    let y = height - bottom;
    const bar = drawn('g', {});
    bar.append(drawn('title', {}, title));
    for (const [kind, value] of parts) {
      const tall = value * scale;
      y -= tall;
      bar.append(drawn('rect', { class: kind, x, y, width: Math.max(1, step * 0.76), height: tall, rx: 1.5 }));
    }
    svg.append(bar);
    if (index % every === 0)
      svg.append(drawn('text', { x: x + step * 0.38, y: height - 6, 'text-anchor': 'middle' }, label));
  });
  place.replaceChildren(svg);
}

/** A table; columns are `[heading, class?]`, cells text or elements. */
function table(place, columns, rows) {
  const head = element(
    'tr',
    columns.map(([name, kind]) => element('th', name, kind ? { class: kind } : {})),
  );
  const lines = rows.map((cells) =>
    element(
      'tr',
      cells.map((cell, index) => element('td', cell, columns[index][1] ? { class: columns[index][1] } : {})),
    ),
  );
  const none = element('tr', element('td', 'None.', { class: 'empty', colspan: columns.length }));
  place.replaceChildren(element('thead', head), element('tbody', lines.length > 0 ? lines : none));
}

const dollars = (micros) => `$${(micros / 1e6).toFixed(micros < 1e6 ? 4 : 2)}`;
const dayOf = (time) => new Date(time).toISOString().slice(0, 10);
const sumOf = (rows, field) => rows.reduce((sum, row) => sum + row[field], 0);

function showUsage(days, models, span) {
  const known = new Map(days.map((row) => [row.key, row]));
  const dates = Array.from({ length: span }, (_, index) => dayOf(Date.now() - (span - 1 - index) * 86_400_000));
  const none = { requests: 0, errors: 0, inputTokens: 0, outputTokens: 0 };
  const filled = dates.map((date) => ({ ...none, ...known.get(date), date }));
  chart(
    at('calls-chart'),
    filled.map(({ date, requests, errors }) => ({
      label: date.slice(5),
      title: `${date}: ${whole.format(requests)} calls, ${whole.format(errors)} failed`,
      parts: [
        ['calls', requests - errors],
        ['errors', errors],
      ],
    })),
  );
  chart(
    at('tokens-chart'),
    filled.map(({ date, inputTokens, outputTokens }) => ({
      label: date.slice(5),
      title: `${date}: ${whole.format(inputTokens)} of prompts, ${whole.format(outputTokens)} of replies`,
      parts: [
        ['input', inputTokens],
        ['output', outputTokens],
      ],
    })),
  );
  const latency = bounds.map((_, index) => days.reduce((sum, row) => sum + row.latency[index], 0));
  chart(
    at('latency-chart'),
    latency.map((count, index) => ({
      label: bounds[index],
      title: `${bounds[index]}: ${whole.format(count)} calls`,
      parts: [['calls', count]],
    })),
  );
  const [requests, errors] = [sumOf(days, 'requests'), sumOf(days, 'errors')];
  const cards = [
    ['calls', whole.format(requests)],
    ['failed', requests === 0 ? '–' : `${((100 * errors) / requests).toFixed(1)} %`],
    ['prompt tokens', amount.format(sumOf(days, 'inputTokens'))],
    ['reply tokens', amount.format(sumOf(days, 'outputTokens'))],
    ['from cache', amount.format(sumOf(days, 'cachedTokens'))],
    ['cost', dollars(sumOf(days, 'costMicros'))],
  ];
  at('cards').replaceChildren(
    ...cards.map(([name, value]) => element('div', [element('b', value), element('span', name)], { class: 'card' })),
  );
  const columns = [
    ['Model', 'label'],
    ['Calls', 'number'],
    ['Failed', 'number'],
    ['Prompt', 'number'],
    ['Reply', 'number'],
    ['Cost', 'number'],
  ];
  table(
    at('models'),
    columns,
    models.map((row) => [
      row.key,
      whole.format(row.requests),
      whole.format(row.errors),
      whole.format(row.inputTokens),
      whole.format(row.outputTokens),
      row.unpriced > 0
        ? `${dollars(row.costMicros)} + ${whole.format(row.unpriced)} calls of unknown price`
        : dollars(row.costMicros),
    ]),
  );
}

function showDevices(devices, usage) {
  const used = new Map(usage.map((row) => [row.key, row]));
  const order = (device, text, path, body) => {
    const button = element('button', text, { type: 'button', 'aria-label': `${text} ${device.id}` });
    button.addEventListener('click', async () => {
      button.disabled = true;
      await tried(async () => {
        await ask(`devices/${encodeURIComponent(device.id)}/${path}`, { method: 'POST', body });
        await refresh();
      });
      button.disabled = false;
    });
    return button;
  };
  const state = (device) => {
    if (device.revokedAt !== null) return element('span', 'revoked', { class: 'bad' });
    if (device.stoppedUntil !== null && device.stoppedUntil > Date.now())
      return element('span', `stopped: ${device.stoppedWhy}`, { class: 'bad' });
    return device.tokens > 0 ? 'in use' : 'expired';
  };
  const orders = (device) => {
    if (device.revokedAt !== null) return [];
    const stopped = device.stoppedUntil !== null && device.stoppedUntil > Date.now();
    const toggle = stopped
      ? order(device, 'Resume', 'resume')
      : order(device, 'Stop', 'stop', { minutes: 1440, why: 'The administrator stopped it.' });
    const revoke = element('button', 'Revoke', { type: 'button', 'aria-label': `Revoke ${device.id}` });
    // A revocation cannot be taken back, so it takes two clicks.
    revoke.addEventListener('click', () => revoke.replaceWith(order(device, 'Revoke for ever', 'revoke')));
    return [toggle, ' ', revoke];
  };
  table(
    at('devices'),
    [
      ['Device', 'id'],
      ['Organisation'],
      ['Label', 'label'],
      ['Made'],
      ['Calls', 'number'],
      ['Cost', 'number'],
      ['State', 'label'],
      [''],
    ],
    devices.map((device) => [
      device.id,
      device.organisation || '–',
      device.label || '–',
      dayOf(device.madeAt),
      whole.format(used.get(device.id)?.requests ?? 0),
      dollars(used.get(device.id)?.costMicros ?? 0),
      state(device),
      orders(device),
    ]),
  );
}

function showState(overview, limits) {
  at('version').textContent = overview.version;
  table(
    at('upstreams'),
    [['Name'], ['Circuit'], ['Calls', 'number'], ['Waiting', 'number'], ['Keys']],
    overview.upstreams.map(({ name, state, active, waiting, keys }) => [
      name,
      element('span', state, state === 'closed' ? {} : { class: 'bad' }),
      whole.format(active),
      whole.format(waiting),
      keys.length === 0 ? '–' : keys.map(({ shown, state: of }) => `${shown} ${of}`).join(', '),
    ]),
  );
  const { organisations = {}, ...scopes } = limits;
  const rows = [
    ...Object.entries(scopes),
    ...Object.entries(organisations).map(([name, own]) => [`organisation ${name}`, own]),
  ];
  const cell = (value) => (value === undefined ? '–' : whole.format(value));
  table(
    at('limits'),
    [
      ['For each'],
      ['Calls a minute', 'number'],
      ['Calls a day', 'number'],
      ['Tokens a minute', 'number'],
      ['Tokens a day', 'number'],
      ['Dollars a day', 'number'],
    ],
    rows.map(([name, each]) => [
      name,
      cell(each.requestsPerMinute),
      cell(each.requestsPerDay),
      cell(each.tokensPerMinute),
      cell(each.tokensPerDay),
      cell(each.costUsdPerDay),
    ]),
  );
}

async function refresh() {
  const span = Number(at('span').value);
  const days = `from=${dayOf(Date.now() - (span - 1) * 86_400_000)}`;
  const [overview, limits, byDay, byModel, byDevice, { devices }] = await Promise.all([
    ask('overview'),
    ask('limits'),
    ask(`usage?by=day&${days}`),
    ask(`usage?by=model&limit=50&${days}`),
    ask(`usage?by=device&limit=1000&${days}`),
    ask('devices?limit=100'),
  ]);
  showState(overview, limits);
  showUsage(byDay.rows, byModel.rows, span);
  showDevices(devices, byDevice.rows);
  const waiting = overview.settlements_waiting;
  say(
    `Store ${overview.store}, limits in ${overview.limits_counted_in}, up since ${new Date(overview.started_at).toLocaleString()}` +
      (waiting > 0 ? `, ${waiting} settlements wait` : ''),
    waiting > 0,
  );
}

async function tried(work) {
  try {
    await work();
    return true;
  } catch (error) {
    say(error.message, true);
    return false;
  }
}

function show(isOpen) {
  at('opened').hidden = !isOpen;
  at('closed').hidden = isOpen;
  at('leave').hidden = !isOpen;
  at('span-label').hidden = !isOpen;
}

at('open').addEventListener('submit', async (event) => {
  event.preventDefault();
  key = at('key').value.trim();
  at('key').value = '';
  if (await tried(refresh)) show(true);
  else key = undefined;
});
at('span').addEventListener('change', () => tried(refresh));
at('leave').addEventListener('click', () => location.reload());
setInterval(() => {
  if (key !== undefined && !document.hidden) void tried(refresh);
}, 15_000);
