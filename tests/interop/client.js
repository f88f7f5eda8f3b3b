// A client in JavaScript (@grpc/grpc-js) that knows only the .proto. Prints one line per fact,
// exits 1 at the first that does not hold.
//
//   node client.js TARGET PROTO_DIR GRPC_PROTO_DIR
'use strict';
const assert = require('assert');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [target, protoDir, grpcProtoDir] = process.argv.slice(2);
const files = ['provost/v1/register.proto', 'provost/v1/change_log.proto',
  'provost/v1/performance.proto', 'provost/v1/admin.proto', 'grpc/health/v1/health.proto',
  'google/rpc/status.proto', 'google/rpc/error_details.proto'];
const options = {keepCase: true, longs: String, enums: String, defaults: true, oneofs: true,
  includeDirs: [protoDir, grpcProtoDir, '/usr/include']};
const api = grpc.loadPackageDefinition(loader.loadSync(files, options));
const channelOptions = {'grpc.enable_http_proxy': 0};

function connect(Service) {
  return new Service(target, grpc.credentials.createInsecure(), channelOptions);
}

const register = connect(api.provost.v1.RegisterService);
const log = connect(api.provost.v1.ChangeLogService);
const performance = connect(api.provost.v1.PerformanceService);
const admin = connect(api.provost.v1.AdminService);
const health = connect(api.grpc.health.v1.Health);

function call(client, method, request, {metadata = {}, seconds = 30} = {}) {
  const sent = new grpc.Metadata();
  for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
  return new Promise((resolve, reject) => {
    client[method](request, sent, {deadline: Date.now() + seconds * 1000},
      (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

async function refused(code, promise) {
  let error;
  try {
    await promise;
  } catch (caught) {
    error = caught;
  }
  assert.ok(error, `no refusal, wanted ${grpc.status[code]}`);
  assert.strictEqual(grpc.status[error.code], grpc.status[code], error.details);
  return error;
}

// The details of a refusal, by the types of the .proto.
function details(error) {
  const raw = error.metadata.get('grpc-status-details-bin')[0];
  const Status = decode('google.rpc.Status');
  const found = {};
  for (const any of Status(raw).details) {
    const name = any.type_url.split('/').pop();
    found[name] = decode(name)(any.value);
  }
  return found;
}

const types = loader.loadSync(files, options);
function decode(name) {
  const protobuf = require('protobufjs');
  if (!decode.root) {
    decode.root = new protobuf.Root();
    decode.root.resolvePath = (origin, path) => {
      const fs = require('fs');
      const homes = [protoDir, grpcProtoDir, '/usr/include'];
      return homes.map((home) => `${home}/${path}`).find((file) => fs.existsSync(file)) || path;
    };
    decode.root.loadSync(files, {keepCase: true});
  }
  assert.ok(types[name], name);
  const type = decode.root.lookupType(name);
  return (bytes) => type.toObject(type.decode(bytes),
    {longs: String, enums: String, defaults: true});
}

const facts = {
  async 'the service answers about itself'() {
    const status = await call(admin, 'GetStatus', {});
    assert.strictEqual(status.tree_root.length, 32);
    assert.strictEqual(status.principal, target.startsWith('unix:') ? require('os').userInfo().username
      : 'loopback');
  },

  async 'health'() {
    assert.strictEqual((await call(health, 'Check', {service: ''})).status, 'SERVING');
    await refused(grpc.status.NOT_FOUND, call(health, 'Check', {service: 'none'}));
    const watch = health.Watch({service: ''}, {deadline: Date.now() + 30000});
    const first = await new Promise((resolve, reject) => {
      watch.on('data', resolve);
      watch.on('error', reject);
    });
    assert.strictEqual(first.status, 'SERVING');
    watch.removeAllListeners('error');
    watch.on('error', () => {});
    watch.cancel();
  },

  async 'scorecard'() {
    const card = await call(performance, 'GetScorecard',
      {scope: 'plans/cex-2021-24', period: '2020-21'});
    assert.deepStrictEqual(card.counts,
      {ok: 3, warning: 2, alert: 3, no_target: 1, unknown: 5, data_only: 0});
    const foi = card.rows.find((row) => row.indicator === 'indicators/foi-cex');
    assert.deepStrictEqual([foi.value, foi.target, foi.status, foi.shortfall_percent],
      ['98.7', '100', 'RAG_STATUS_WARNING', '1.3000']);
  },

  async 'write, merge, conflict'() {
    const name = 'actions/from-js';
    const body = (fields) => ({name, action: fields});
    const made = await call(register, 'Apply', {mutations: [{create: body(
      {title: 'Von JavaScript – Ω', plan: 'plans/cex-2021-24'})}], reason: 'interop'},
    {metadata: {'provost-service': 'js'}});
    const patch = (fields) => ({mutations: [{patch: {resource: body(fields), base_seq: made.seq,
      update_mask: {paths: Object.keys(fields)}}}]});
    await call(register, 'Apply', patch({progress: 40}), {metadata: {'provost-service': 'js'}});
    await call(register, 'Apply', patch({code: 'JS 1'}));
    const error = await refused(grpc.status.ABORTED,
      call(register, 'Apply', patch({progress: 60})));
    const found = details(error);
    assert.strictEqual(found['google.rpc.ErrorInfo'].domain, 'provost');
    const conflict = found['provost.v1.ConflictDetail'].conflicts[0];
    assert.deepStrictEqual([conflict.field, conflict.present_value, conflict.service],
      ['progress', '40', 'js']);
    const action = (await call(register, 'GetResource', {name})).resource.action;
    assert.deepStrictEqual([action.title, action.progress, action.code],
      ['Von JavaScript – Ω', 40, 'JS 1']);
    const change = await call(log, 'GetChange', {change_seq: made.seq});
    assert.deepStrictEqual([change.change.service, change.change.reason], ['js', 'interop']);
    const gone = await call(register, 'Apply', {mutations: [{delete: {name}}]});
    await refused(grpc.status.NOT_FOUND, call(register, 'GetResource', {name}));
    const then = await call(register, 'GetResource',
      {name, as_of_seq: String(Number(gone.seq) - 1)});
    assert.strictEqual(then.resource.action.code, 'JS 1');
  },

  async 'errors name the field'() {
    const error = await refused(grpc.status.INVALID_ARGUMENT, call(register, 'SubmitObservations',
      {submissions: [{indicator: 'foi-cex', period: '2021-22.q7', value: '5'}]}));
    const bad = details(error)['google.rpc.BadRequest'];
    assert.strictEqual(bad.field_violations[0].field, 'submissions[0].period');
    assert.ok(error.details.includes('2021-22.q7'), error.details);
  },

  async 'a thousand calls at once'() {
    const calls = [];
    for (let i = 0; i < 1000; i++)
      calls.push(call(register, 'GetResource', {name: 'plans/cex-2021-24'}));
    const answers = await Promise.all(calls);
    assert.ok(answers.every((answer) => answer.resource.name === 'plans/cex-2021-24'));
  },

  async 'large messages'() {
    const text = 'ä'.repeat(30000);
    const names = [];
    const mutations = [];
    for (let i = 0; i < 50; i++) {
      names.push(`notes/js-${i}`);
      mutations.push({patch: {allow_missing: true, update_mask: {paths: ['subject', 'text']},
        resource: {name: names[i], note: {subject: 'plans/cex-2021-24', text: text + i}}}});
    }
    await call(register, 'Apply', {mutations});
    const batch = await call(register, 'BatchGetResources', {names});
    assert.ok(batch.resources.every((r, i) => r.note.text === text + i));
    await call(register, 'Apply', {mutations: names.map((name) => ({delete: {name}}))});
  },

  async 'deadline and cancel'() {
    await refused(grpc.status.DEADLINE_EXCEEDED,
      call(admin, 'GetStatus', {}, {seconds: -1}));
    const running = new Promise((resolve) => {
      const one = register.ListResources({collection: 'links', page_size: 1000}, resolve);
      one.cancel();
    });
    assert.strictEqual((await running).code, grpc.status.CANCELLED);
    await call(admin, 'GetStatus', {});
  },

  async 'unknown method'() {
    const error = await new Promise((resolve) => register.makeUnaryRequest(
      '/provost.v1.RegisterService/Nothing', (x) => x, (x) => x, Buffer.alloc(0), resolve));
    assert.strictEqual(error.code, grpc.status.UNIMPLEMENTED);
  },
};

(async () => {
  for (const [name, fact] of Object.entries(facts)) {
    try {
      await fact();
    } catch (error) {
      console.error(`FAILED ${name}:`, error);
      process.exit(1);
    }
    console.log(`ok ${name}`);
  }
  for (const client of [register, log, performance, admin, health]) client.close();
})();
