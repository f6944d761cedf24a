// Stands before a server that emulates GitHub's API and holds every request and answer against GitHub's own description of it.
//
// Arguments: the folder of node_modules, the server's address, the prefix of the API's paths, the port to listen on.
// `GET /-/said` answers which operations were seen and what did not fit.
import http from 'node:http';
import { createRequire } from 'node:module';

const [modules, server, prefix, port] = process.argv.slice(2);
const require = createRequire(`${modules}/x.js`);
const description = require('@octokit/openapi/generated/api.github.com.json');
const Ajv = require('ajv').default;
const methods = ['get', 'put', 'post', 'patch', 'delete'];
const said = { operations: [], violations: [] };

// Requests must be whole. Answers may leave fields out, as an emulation answers what is asked of it; a choice is then no
// longer between exactly one and the others. `nullable` beside no type is OpenAPI's, and not known to JSON Schema.
const shaped = (kind, value) => {
  if (Array.isArray(value)) return value.map((inner) => shaped(kind, inner));
  if (value === null || typeof value !== 'object') return value;
  const { nullable, ...rest } = value;
  if (nullable === true && !value.type) return { anyOf: [{ type: 'null' }, shaped(kind, rest)] };
  const dropped = (key, inner) => kind === 'partial' && key === 'required' && Array.isArray(inner);
  const renamed = (key) => (kind === 'partial' && key === 'oneOf' ? 'anyOf' : key);
  const kept = Object.entries(value).filter(([key, inner]) => !dropped(key, inner));
  return Object.fromEntries(kept.map(([key, inner]) => [renamed(key), shaped(kind, inner)]));
};
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
for (const kind of ['whole', 'partial']) ajv.addSchema({ $id: kind, components: shaped(kind, description.components) });
const resolved = (node) => (node?.$ref ? node.$ref.slice(2).split('/').reduce((at, key) => at[key], description) : node);
const errors = (kind, schema, value) => {
  const check = ajv.compile(JSON.parse(JSON.stringify(shaped(kind, schema)).replaceAll('"#/components/', `"${kind}#/components/`)));
  return check(value) ? [] : check.errors.map((error) => `${error.instancePath} ${error.message}`);
};

// Some placeholders stand for several parts: a file's path, a ref.
const operations = Object.entries(description.paths).flatMap(([path, item]) => {
  const escaped = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`^${escaped.replace(/\{(path|ref)\}$/, '(.+)').replace(/\{[^}]+\}/g, '([^/]+)')}$`);
  const weight = (path.match(/\{/g) ?? []).length;
  return methods.filter((method) => item[method]).map((method) => ({ method, pattern, weight, item, operation: item[method] }));
});
const find = (method, path) =>
  operations.filter((entry) => entry.method === method && entry.pattern.test(path)).sort((a, b) => a.weight - b.weight)[0];

const json = (bytes) => {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
};

function hold(request, url, body, answer, answered) {
  const found = url.pathname.startsWith(prefix) ? find(request.method.toLowerCase(), url.pathname.slice(prefix.length)) : undefined;
  const place = `${request.method} ${url.pathname}`;
  const complain = (what) => said.violations.push(`${place}: ${what}`);
  if (!found) return complain('no such operation');
  const { operation, item } = found;
  said.operations.push(operation.operationId);
  for (const name of ['user-agent', 'authorization', 'accept', 'x-github-api-version']) {
    if (!request.headers[name]) complain(`no header ${name}`);
  }
  const parameters = [...(operation.parameters ?? []), ...(item.parameters ?? [])].map(resolved);
  for (const [name, value] of url.searchParams) {
    const parameter = parameters.find((known) => known.in === 'query' && known.name === name);
    if (!parameter) complain(`unknown parameter ${name}`);
    else if (parameter.schema.type === 'string') errors('whole', parameter.schema, value).forEach((error) => complain(`${name}${error}`));
  }
  const wanted = resolved(operation.requestBody)?.content?.['application/json']?.schema;
  if (body.length && !wanted) complain('a body where none is wanted');
  if (wanted) {
    const value = json(body);
    errors('whole', wanted, value).forEach((error) => complain(`request${error}`));
    const known = Object.keys(wanted.properties ?? {});
    Object.keys(value ?? {}).filter((key) => !known.includes(key)).forEach((key) => complain(`request: unknown field ${key}`));
  }
  // What goes wrong everywhere need not be described everywhere.
  const described = resolved(operation.responses[answer.statusCode]);
  if (!described && ![401, 403, 404, 429].includes(answer.statusCode)) complain(`status ${answer.statusCode} is not described`);
  const schema = described?.content?.['application/json']?.schema;
  const value = json(answered);
  if (schema && value !== undefined) errors('partial', schema, value).forEach((error) => complain(`answer${error}`));
}

http
  .createServer(async (request, response) => {
    const url = new URL(request.url, server);
    if (url.pathname === '/-/said') return response.end(JSON.stringify(said));
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const onward = http.request(url, { method: request.method, headers: { ...request.headers, host: url.host } }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      const answered = Buffer.concat(parts);
      try {
        hold(request, url, body, answer, answered);
      } catch (error) {
        said.violations.push(`${request.method} ${url.pathname}: ${error.stack}`);
      }
      response.writeHead(answer.statusCode, answer.headers);
      response.end(answered);
    });
    onward.on('error', () => response.destroy());
    onward.end(body);
  })
  .listen(Number(port), '127.0.0.1');
