// The public interop cases from @grpc/grpc-js.
//
//   node cases.js ADDRESS GRPC_PROTO_DIR [CASE...]
//
// Prints "ok CASE" for each that went as its description says, else "FAIL CASE".
'use strict';
const assert = require('assert');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [target, protoDir, ...wanted] = process.argv.slice(2);
const api = grpc.loadPackageDefinition(loader.loadSync('grpc/testing/test.proto',
  {keepCase: true, defaults: true, includeDirs: [protoDir]}));
const channelOptions = {'grpc.enable_http_proxy': 0};

function connect(more = {}, Service = api.grpc.testing.TestService) {
  return new Service(target, grpc.credentials.createInsecure(), {...channelOptions, ...more});
}

const client = connect();
const gzipClient = connect({'grpc.default_compression_algorithm': 2}); // gzip
const zeros = (size) => ({body: Buffer.alloc(size)});
const large = {response_size: 314159, payload: zeros(271828)};
const special = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n';
const SIZES_IN = [27182, 8, 1828, 45904];
const SIZES_OUT = [31415, 9, 2653, 58979];

// The answer with what came around it, of any of the four shapes.
function collect(call, seen = {answers: []}) {
  return new Promise((resolve) => {
    call.on('metadata', (metadata) => { seen.initial = metadata; });
    call.on('data', (answer) => { seen.answers.push(answer); });
    call.on('error', () => {}); // its status comes too
    call.on('status', (status) => { seen.status = status; resolve(seen); });
  });
}

function unary(method, request, {metadata = new grpc.Metadata(), from = client} = {}) {
  const seen = {answers: []};
  const call = from[method](request, metadata, (error, answer) => {
    if (answer) seen.answers.push(answer);
  });
  return collect(call, seen);
}

async function expectCode(code, seen) {
  const {status} = await seen;
  assert.strictEqual(grpc.status[status.code], code, status.details);
  return seen;
}

const bodySizes = (seen) => seen.answers.map((answer) => answer.payload.body.length);
const outputs = (sizes, more = {}) => ({
  response_parameters: sizes.map((size, i) => ({
    size, interval_us: more.interval_us || 0,
    compressed: more.compressed ? {value: more.compressed[i]} : null})),
  payload: zeros(more.size_in || 0)});

async function sendInputs(sizes, {from = client, expect = null} = {}) {
  const seen = {answers: []};
  const call = from.StreamingInputCall((error, answer) => {
    if (answer) seen.answers.push(answer);
  });
  const done = collect(call, seen);
  for (const size of sizes) {
    call.write({payload: zeros(size), expect_compressed: expect === null ? null : {value: expect}});
  }
  call.end();
  return done;
}

function echoedMetadata() {
  const metadata = new grpc.Metadata();
  metadata.set('x-grpc-test-echo-initial', 'test_initial_metadata_value');
  metadata.set('x-grpc-test-echo-trailing-bin', Buffer.from('ababab', 'hex'));
  return metadata;
}

function checkEcho(seen) {
  assert.deepStrictEqual(seen.initial.get('x-grpc-test-echo-initial'),
    ['test_initial_metadata_value']);
  assert.deepStrictEqual(seen.status.metadata.get('x-grpc-test-echo-trailing-bin'),
    [Buffer.from('ababab', 'hex')]);
}

async function expectText(text) {
  const asked = {code: grpc.status.UNKNOWN, message: text};
  const seen = await expectCode('UNKNOWN', unary('UnaryCall', {response_status: asked}));
  assert.strictEqual(seen.status.details, text);
  return asked;
}

const cases = {
  async empty_unary() {
    const seen = await expectCode('OK', unary('EmptyCall', {}));
    assert.deepStrictEqual(seen.answers, [{}]);
  },

  async large_unary() {
    const seen = await expectCode('OK', unary('UnaryCall', large));
    assert.ok(seen.answers[0].payload.body.equals(Buffer.alloc(314159)));
  },

  async client_compressed_unary() {
    const asked = (value) => ({...large, expect_compressed: {value}});
    await expectCode('INVALID_ARGUMENT', unary('UnaryCall', asked(true)));
    await expectCode('OK', unary('UnaryCall', asked(true), {from: gzipClient}));
    await expectCode('OK', unary('UnaryCall', asked(false)));
  },

  async server_compressed_unary() {
    for (const value of [true, false]) {
      const seen = await expectCode('OK',
        unary('UnaryCall', {...large, response_compressed: {value}}));
      assert.deepStrictEqual(bodySizes(seen), [314159]);
    }
  },

  async client_streaming() {
    const seen = await expectCode('OK', sendInputs(SIZES_IN));
    assert.strictEqual(seen.answers[0].aggregated_payload_size, 74922);
  },

  // grpc-js compresses by channel: one call of each kind.
  async client_compressed_streaming() {
    await expectCode('INVALID_ARGUMENT', sendInputs([27182], {expect: true}));
    const one = await expectCode('OK', sendInputs([27182], {expect: true, from: gzipClient}));
    const two = await expectCode('OK', sendInputs([45904], {expect: false}));
    assert.strictEqual(one.answers[0].aggregated_payload_size +
      two.answers[0].aggregated_payload_size, 73086);
  },

  async server_streaming() {
    const seen = await expectCode('OK', collect(client.StreamingOutputCall(outputs(SIZES_OUT))));
    assert.deepStrictEqual(bodySizes(seen), SIZES_OUT);
  },

  async server_compressed_streaming() {
    const request = outputs([31415, 92653], {compressed: [true, false]});
    const seen = await expectCode('OK', collect(client.StreamingOutputCall(request)));
    assert.deepStrictEqual(bodySizes(seen), [31415, 92653]);
  },

  async ping_pong() {
    const call = client.FullDuplexCall();
    const done = collect(call);
    let next = 0;
    const send = () => {
      if (next === SIZES_IN.length) return call.end();
      return call.write(outputs([SIZES_OUT[next]], {size_in: SIZES_IN[next++]}));
    };
    call.on('data', send);
    send();
    assert.deepStrictEqual(bodySizes(await expectCode('OK', done)), SIZES_OUT);
  },

  async empty_stream() {
    const call = client.FullDuplexCall();
    const done = collect(call);
    call.end();
    assert.deepStrictEqual((await expectCode('OK', done)).answers, []);
  },

  async custom_metadata() {
    checkEcho(await expectCode('OK', unary('UnaryCall', large, {metadata: echoedMetadata()})));
    const call = client.FullDuplexCall(echoedMetadata());
    const done = collect(call);
    call.write(outputs([314159], {size_in: 271828}));
    call.end();
    checkEcho(await expectCode('OK', done));
  },

  async status_code_and_message() {
    const asked = await expectText('test status message');
    const call = client.FullDuplexCall();
    const done = collect(call);
    call.write({response_status: asked});
    call.end();
    const seen = await expectCode('UNKNOWN', done);
    assert.strictEqual(seen.status.details, 'test status message');
  },

  async special_status_message() {
    await expectText(special);
  },

  async unimplemented_method() {
    await expectCode('UNIMPLEMENTED', unary('UnimplementedCall', {}));
  },

  async unimplemented_service() {
    const other = connect({}, api.grpc.testing.UnimplementedService);
    await expectCode('UNIMPLEMENTED', unary('UnimplementedCall', {}, {from: other}));
  },

  async cancel_after_begin() {
    const call = client.StreamingInputCall(() => {});
    const done = collect(call);
    setTimeout(() => call.cancel(), 50);
    await expectCode('CANCELLED', done);
  },

  async cancel_after_first_response() {
    const call = client.FullDuplexCall();
    const done = collect(call);
    call.once('data', () => call.cancel());
    call.write(outputs([31415], {size_in: 27182}));
    await expectCode('CANCELLED', done);
  },

  async timeout_on_sleeping_server() {
    const call = client.FullDuplexCall({deadline: Date.now() + 20});
    const done = collect(call);
    call.write(outputs([31415], {size_in: 27182, interval_us: 2000000}));
    await expectCode('DEADLINE_EXCEEDED', done);
  },
};

async function main() {
  let failed = 0;
  for (const [name, run] of Object.entries(cases)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    try {
      await run();
      console.log('ok', name);
    } catch (error) {
      failed += 1;
      console.log('FAIL', name, error.message.replace(/\n/g, ' '));
    }
  }
  return failed;
}

console.log('version', require('@grpc/grpc-js/package.json').version);
main().then((failed) => process.exit(failed ? 1 : 0));
