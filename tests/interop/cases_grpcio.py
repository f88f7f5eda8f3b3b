#!/usr/bin/python3
"""The public interop cases from gRPC's C core (python3-grpcio).

    cases_grpcio.py ADDRESS [CASE...]

Prints "ok CASE" for each that went as its description says, else "FAIL CASE".
"""
import queue
import sys
import time

import grpc
import wire_grpcio as wire

BoolValue = wire.message("grpc.testing.BoolValue")
Payload = wire.message("grpc.testing.Payload")
NO_MESSAGE = wire.Empty()
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"


class Pipe:
    """Requests of a streaming call, put in one by one; closed at the end of a with."""

    def __init__(self):
        self.requests = queue.Queue()
        self.put = self.requests.put

    def __iter__(self):
        return self

    def __next__(self):
        request = self.requests.get()
        if request is None:
            raise StopIteration
        return request

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.put(None)


def check(value, want):
    assert value == want, (value, want)


def payload(size):
    return Payload(body=bytes(size))


def large_request(**fields):
    return wire.SimpleRequest(response_size=314159, payload=payload(271828), **fields)


def outputs(*sizes, compressed=None, size_in=None, interval_us=0):
    request = wire.OutputRequest()
    for i, size in enumerate(sizes):
        one = request.response_parameters.add(size=size, interval_us=interval_us)
        if compressed is not None:
            one.compressed.value = compressed[i]
    if size_in is not None:
        request.payload.body = bytes(size_in)
    return request


def empty_unary(client):
    check(client.empty(NO_MESSAGE), NO_MESSAGE)


def large_unary(client):
    check(client.unary(large_request()).payload.body, bytes(314159))


def client_compressed_unary(client):
    probe = large_request(expect_compressed=BoolValue(value=True))
    wire.fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: client.unary(probe))
    for compressed in (True, False):
        answer = client.unary(
            large_request(expect_compressed=BoolValue(value=compressed)),
            compression=grpc.Compression.Gzip if compressed else grpc.Compression.NoCompression)
        check(len(answer.payload.body), 314159)


def server_compressed_unary(client):
    """C core hides the flag of a message; that it was set is looked at in wire_raw.py."""
    for compressed in (True, False):
        answer, call = client.unary.with_call(
            large_request(response_compressed=BoolValue(value=compressed)))
        check(answer.payload.body, bytes(314159))
        encoding = dict(call.initial_metadata()).get("grpc-encoding")
        assert encoding in (None, "gzip" if compressed else "identity"), encoding


def client_streaming(client):
    sizes = (27182, 8, 1828, 45904)
    answer = client.input(iter([wire.InputRequest(payload=payload(n)) for n in sizes]))
    check(answer.aggregated_payload_size, 74922)


def client_compressed_streaming(client):
    """C core compresses calls, not single messages of one, from Python: one call of each kind."""
    def send(size, expect, compression=None):
        request = wire.InputRequest(payload=payload(size),
                                    expect_compressed=BoolValue(value=expect))
        return client.input(iter([request]), compression=compression).aggregated_payload_size

    wire.fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: send(27182, True))
    check(send(27182, True, grpc.Compression.Gzip) + send(45904, False), 73086)


def server_streaming(client):
    sizes = (31415, 9, 2653, 58979)
    got = [len(one.payload.body) for one in client.output(outputs(*sizes))]
    check(got, list(sizes))


def server_compressed_streaming(client):
    call = client.output(outputs(31415, 92653, compressed=(True, False)))
    check([len(one.payload.body) for one in call], [31415, 92653])


def ping_pong(client):
    sizes_in, sizes_out = (27182, 8, 1828, 45904), (31415, 9, 2653, 58979)
    with Pipe() as requests:
        call = client.duplex(requests)
        for size_in, size_out in zip(sizes_in, sizes_out):
            requests.put(outputs(size_out, size_in=size_in))
            check(len(next(call).payload.body), size_out)
    check(list(call), [])


def empty_stream(client):
    check(list(client.duplex(iter([]))), [])


def custom_metadata(client):
    sent = (("x-grpc-test-echo-initial", "test_initial_metadata_value"),
            ("x-grpc-test-echo-trailing-bin", b"\xab\xab\xab"))
    _, call = client.unary.with_call(large_request(), metadata=sent)
    stream = client.duplex(iter([outputs(314159, size_in=271828)]), metadata=sent)
    check(len(list(stream)), 1)
    for one in (call, stream):
        check(dict(one.initial_metadata())["x-grpc-test-echo-initial"],
              "test_initial_metadata_value")
        check(dict(one.trailing_metadata())["x-grpc-test-echo-trailing-bin"], b"\xab\xab\xab")


def expect_status(client, code, text):
    asked = {"code": code.value[0], "message": text}
    error = wire.fails(code, lambda: client.unary(wire.SimpleRequest(response_status=asked)))
    check(error.details(), text)
    return asked


def status_code_and_message(client):
    asked = expect_status(client, grpc.StatusCode.UNKNOWN, "test status message")
    request = wire.OutputRequest(response_status=asked)
    error = wire.fails(grpc.StatusCode.UNKNOWN, lambda: list(client.duplex(iter([request]))))
    check(error.details(), "test status message")


def special_status_message(client):
    expect_status(client, grpc.StatusCode.UNKNOWN, SPECIAL)


def unimplemented_method(client):
    wire.fails(grpc.StatusCode.UNIMPLEMENTED, lambda: client.unimplemented(b""))


def unimplemented_service(client):
    wire.fails(grpc.StatusCode.UNIMPLEMENTED, lambda: client.unknown(b""))


def cancel_after_begin(client):
    with Pipe() as requests:
        call = client.input.future(requests)
        time.sleep(0.05)
        call.cancel()
        check(call.code(), grpc.StatusCode.CANCELLED)


def cancel_after_first_response(client):
    with Pipe() as requests:
        call = client.duplex(requests)
        requests.put(outputs(31415, size_in=27182))
        check(len(next(call).payload.body), 31415)
        call.cancel()
        wire.fails(grpc.StatusCode.CANCELLED, lambda: next(call))


def timeout_on_sleeping_server(client):
    with Pipe() as requests:  # longer than any machine is late
        requests.put(outputs(31415, size_in=27182, interval_us=30000000))
        wire.fails(grpc.StatusCode.DEADLINE_EXCEEDED,
                   lambda: list(client.duplex(requests, timeout=0.02)))


CASES = [empty_unary, large_unary, client_compressed_unary, server_compressed_unary,
         client_streaming, client_compressed_streaming, server_streaming,
         server_compressed_streaming, ping_pong, empty_stream, custom_metadata,
         status_code_and_message, special_status_message, unimplemented_method,
         unimplemented_service, cancel_after_begin, cancel_after_first_response,
         timeout_on_sleeping_server]


def main():
    client = wire.Client(sys.argv[1])
    failed = 0
    for case in CASES:
        if sys.argv[2:] and case.__name__ not in sys.argv[2:]:
            continue
        try:
            case(client)
            print("ok", case.__name__)
        except Exception as error:  # whatever went wrong, the others still run
            failed += 1
            print("FAIL", case.__name__, repr(error))
    return 1 if failed else 0


if __name__ == "__main__":
    print("version", grpc.__version__)
    sys.exit(main())
