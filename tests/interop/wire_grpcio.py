#!/usr/bin/python3
"""Checks the net and rpc layers with gRPC's own C core (python3-grpcio) against echo_server.

    wire_grpcio.py ECHO_SERVER_BINARY [CASE...]

Each case_* function is one fact. The messages are built from the .proto files at run time, so no
generated stub shadows the grpc package.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PROTO_DIR = os.environ.get("GRPC_PROTO_DIR", "/usr/share/grpc-proto")
OUR_PROTO_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../proto")
FILES = ["grpc/testing/test.proto", "grpc/health/v1/health.proto",
         "grpc/reflection/v1/reflection.proto", "google/rpc/status.proto",
         "google/rpc/error_details.proto"]
TEST = "/grpc.testing.TestService/"


def load_messages():
    with tempfile.NamedTemporaryFile() as out:
        subprocess.check_call(["protoc", "-I" + OUR_PROTO_DIR, "-I" + PROTO_DIR,
                               "-I/usr/include", "--include_imports",
                               "--descriptor_set_out=" + out.name] + FILES)
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return lambda name: factory.GetPrototype(pool.FindMessageTypeByName(name))


message = load_messages()
Empty = message("grpc.testing.Empty")
SimpleRequest = message("grpc.testing.SimpleRequest")
SimpleResponse = message("grpc.testing.SimpleResponse")
OutputRequest = message("grpc.testing.StreamingOutputCallRequest")
OutputResponse = message("grpc.testing.StreamingOutputCallResponse")
InputRequest = message("grpc.testing.StreamingInputCallRequest")
InputResponse = message("grpc.testing.StreamingInputCallResponse")
HealthRequest = message("grpc.health.v1.HealthCheckRequest")
HealthResponse = message("grpc.health.v1.HealthCheckResponse")
ReflectionRequest = message("grpc.reflection.v1.ServerReflectionRequest")
ReflectionResponse = message("grpc.reflection.v1.ServerReflectionResponse")
Status = message("google.rpc.Status")
ErrorInfo = message("google.rpc.ErrorInfo")


class Client:
    """One channel with the methods of the echo server."""

    def __init__(self, address, options=()):
        self.channel = grpc.insecure_channel(address, options=list(options))
        c = self.channel
        self.empty = c.unary_unary(TEST + "EmptyCall", Empty.SerializeToString, Empty.FromString)
        self.unary = c.unary_unary(TEST + "UnaryCall", SimpleRequest.SerializeToString,
                                   SimpleResponse.FromString)
        self.raw_unary = c.unary_unary(TEST + "UnaryCall")
        self.unimplemented = c.unary_unary(TEST + "UnimplementedCall")
        self.unknown = c.unary_unary("/grpc.testing.NoSuchService/Call")
        self.output = c.unary_stream(TEST + "StreamingOutputCall",
                                     OutputRequest.SerializeToString, OutputResponse.FromString)
        self.duplex = c.stream_stream(TEST + "FullDuplexCall", OutputRequest.SerializeToString,
                                      OutputResponse.FromString)
        self.input = c.stream_unary(TEST + "StreamingInputCall", InputRequest.SerializeToString,
                                    InputResponse.FromString)
        self.check = c.unary_unary("/grpc.health.v1.Health/Check",
                                   HealthRequest.SerializeToString, HealthResponse.FromString)
        self.watch = c.unary_stream("/grpc.health.v1.Health/Watch",
                                    HealthRequest.SerializeToString, HealthResponse.FromString)
        self.reflect = c.stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            ReflectionRequest.SerializeToString, ReflectionResponse.FromString)


class Echo:
    """A running echo server on a unix socket and a loopback port."""

    def __init__(self, binary, **env):
        self.dir = tempfile.TemporaryDirectory()
        self.unix = "unix:" + os.path.join(self.dir.name, "echo.sock")
        self.process = subprocess.Popen([binary, self.unix, "tcp:127.0.0.1:0"],
                                        stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **env})
        self.process.stderr.readline()
        self.tcp = self.process.stderr.readline().split("tcp:")[1].strip()
        self.log = []
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        for line in self.process.stderr:
            self.log.append(line)

    def open_calls(self):
        """The last that the server told; asks it to tell again."""
        told = [line for line in self.log if line.startswith("{")]
        self.process.send_signal(signal.SIGUSR1)
        return json.loads(told[-1])["open"] if told else None

    def wait_for_open_calls(self, number, *futures):
        """Or until one of them is done: slow machines see less of what they do at once."""
        end = time.monotonic() + 60
        self.log.clear()
        while self.open_calls() != number and not any(f.done() for f in futures):
            assert time.monotonic() < end, "".join(self.log)
            time.sleep(0.005)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        assert code == 0, "exit %d\n%s" % (code, "".join(self.log))


def fails(code, call):
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code, (error.code(), error.details())
        return error
    raise AssertionError("no error, wanted %s" % code)


def error_info(error):
    packed = dict(error.trailing_metadata())["grpc-status-details-bin"]
    status = Status.FromString(packed)
    assert status.code == error.code().value[0]
    assert status.message == error.details()
    assert status.details[0].type_url == "type.googleapis.com/google.rpc.ErrorInfo"
    info = ErrorInfo.FromString(status.details[0].value)
    assert info.domain == "provost"
    return info


def sizes(*values):
    request = OutputRequest()
    for value in values:
        request.response_parameters.add().size = value
    return request


def case_empty_unary(echo, client):
    client.empty(Empty())


def case_large_unary(echo, client):
    request = SimpleRequest(response_size=314159)
    request.payload.body = bytes(271828)
    assert len(client.unary(request).payload.body) == 314159


def case_many_unary_in_parallel(echo, client):
    futures = [client.unary.future(SimpleRequest(response_size=i)) for i in range(1000)]
    for i, future in enumerate(futures):
        assert len(future.result().payload.body) == i


def case_server_streaming(echo, client):
    got = [len(r.payload.body) for r in client.output(sizes(31415, 9, 2653, 58979))]
    assert got == [31415, 9, 2653, 58979]


def case_server_streaming_of_nothing(echo, client):
    assert list(client.output(OutputRequest())) == []


def case_client_streaming(echo, client):
    def requests():
        for size in (27182, 8, 1828, 45904):
            request = InputRequest()
            request.payload.body = bytes(size)
            yield request
    assert client.input(requests()).aggregated_payload_size == 74922


def case_client_streaming_of_megabytes(echo, client):
    def requests():
        for _ in range(40):
            request = InputRequest()
            request.payload.body = bytes(300000)
            yield request
    assert client.input(requests()).aggregated_payload_size == 12000000


def case_ping_pong(echo, client):
    turn = threading.Semaphore(1)

    def requests():
        for size in (31415, 9, 2653, 58979):
            turn.acquire()
            yield sizes(size)
    got = []
    for response in client.duplex(requests()):
        got.append(len(response.payload.body))
        turn.release()
    assert got == [31415, 9, 2653, 58979]


def case_duplex_without_waiting(echo, client):
    requests = [sizes(i, i + 1) for i in range(0, 3000, 10)]
    got = [len(r.payload.body) for r in client.duplex(iter(requests))]
    assert got == [n for i in range(0, 3000, 10) for n in (i, i + 1)]


def case_empty_stream(echo, client):
    assert list(client.duplex(iter([]))) == []


def case_status_code_and_message(echo, client):
    request = SimpleRequest()
    request.response_status.code = 9
    request.response_status.message = "test status message"
    error = fails(grpc.StatusCode.FAILED_PRECONDITION, lambda: client.unary(request))
    assert error.details() == "test status message"
    assert error_info(error).reason == "ASKED_FOR"


def case_special_status_message(echo, client):
    text = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608 100%\t\n"
    request = SimpleRequest()
    request.response_status.code = 2
    request.response_status.message = text
    error = fails(grpc.StatusCode.UNKNOWN, lambda: client.unary(request))
    assert error.details() == text


def case_long_status_message_fits_in_8_kib(echo, client):
    request = SimpleRequest()
    request.response_status.code = 3
    request.response_status.message = "\u00e9" * 3000
    error = fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: client.unary(request))
    assert error.details().startswith("\u00e9" * 300) and len(error.details()) < 400


def case_stream_status(echo, client):
    request = OutputRequest()
    request.response_status.code = 10
    request.response_status.message = "no"
    fails(grpc.StatusCode.ABORTED, lambda: list(client.duplex(iter([request]))))
    fails(grpc.StatusCode.ABORTED, lambda: list(client.output(request)))


def case_unimplemented(echo, client):
    error = fails(grpc.StatusCode.UNIMPLEMENTED, lambda: client.unimplemented(b""))
    assert error_info(error).reason == "METHOD_NOT_READY"
    error = fails(grpc.StatusCode.UNIMPLEMENTED, lambda: client.unknown(b""))
    assert error_info(error).reason == "METHOD_UNKNOWN"
    assert "/grpc.testing.NoSuchService/Call" in error.details()


def case_undecodable_request(echo, client):
    error = fails(grpc.StatusCode.INTERNAL, lambda: client.raw_unary(b"\xff\xff\xff"))
    assert error_info(error).reason == "MESSAGE_UNDECODABLE"


def case_text_must_be_utf8(echo, client):
    fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: client.raw_unary(b"\x3a\x03\x12\x01\xff"))


def case_too_large_request(echo, client):
    error = fails(grpc.StatusCode.RESOURCE_EXHAUSTED,
                  lambda: client.raw_unary(bytes(5 << 20)))
    assert error_info(error).reason == "MESSAGE_TOO_LARGE"
    client.empty(Empty())


def case_too_large_response(echo, client):
    error = fails(grpc.StatusCode.RESOURCE_EXHAUSTED,
                  lambda: client.unary(SimpleRequest(response_size=5 << 20)))
    assert error_info(error).reason == "RESPONSE_TOO_LARGE"
    assert "page_size" in error.details()


def case_deadline_on_sleeping_server(echo, client):
    request = SimpleRequest()
    request.response_status.code = 1000 + 2000
    fails(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: client.unary(request, timeout=0.1))
    client.empty(Empty(), timeout=60)


def case_cancel_after_begin(echo, client):
    gate = threading.Event()

    def requests():
        gate.wait()
        yield InputRequest()
    future = client.input.future(requests())
    echo.wait_for_open_calls(1, future)
    future.cancel()
    gate.set()
    assert future.code() == grpc.StatusCode.CANCELLED


def case_cancel_after_first_response(echo, client):
    gate = threading.Event()

    def requests():
        yield sizes(31415)
        gate.wait()
    stream = client.duplex(requests())
    assert len(next(stream).payload.body) == 31415
    stream.cancel()
    gate.set()
    fails(grpc.StatusCode.CANCELLED, lambda: next(stream))


def case_cancel_while_in_store(echo, client):
    request = SimpleRequest()
    request.response_status.code = 1000 + 200
    futures = [client.unary.future(request) for _ in range(5)]
    echo.wait_for_open_calls(5, *futures)
    for future in futures:
        future.cancel()
    client.empty(Empty())
    echo.wait_for_open_calls(0)


def case_connection_lost_while_in_store(echo, client):
    other = Client(echo.unix, [("grpc.use_local_subchannel_pool", 1)])
    request = SimpleRequest()
    request.response_status.code = 1000 + 200
    futures = [other.unary.future(request) for _ in range(5)]
    echo.wait_for_open_calls(5, *futures)
    other.channel.close()
    del futures
    client.empty(Empty())
    echo.wait_for_open_calls(0)


def case_slow_reader_of_a_large_stream(echo, client):
    got = 0
    for response in client.output(sizes(*[1000000] * 30)):
        got += len(response.payload.body)
        time.sleep(0.005)
    assert got == 30000000


def case_caller_and_metadata(echo, client):
    import getpass
    unix = Client(echo.unix)
    request = SimpleRequest(fill_username=True)
    name = unix.unary(request, metadata=[
        ("provost-service", "Finance"), ("provost-on-behalf-of-bin", "J\u00fcrgen".encode()),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]).username
    assert name == getpass.getuser() + "/Finance/J\u00fcrgen/4bf92f3577b34da6a3ce929d0e0e4736", name
    name = Client(echo.tcp).unary(request).username
    assert name == "loopback///", name


def case_bad_metadata_is_named(echo, client):
    for key, value in (("provost-service", "x" * 201), ("provost-on-behalf-of-bin", b"a\x00b"),
                       ("provost-service-bin", b"\xc0\x80")):
        error = fails(grpc.StatusCode.INVALID_ARGUMENT,
                      lambda: client.empty(Empty(), metadata=[(key, value)]))
        assert key in error.details(), error.details()
        assert error_info(error).reason == "METADATA_INVALID"


def case_too_much_metadata(echo, client):
    fails(grpc.StatusCode.RESOURCE_EXHAUSTED,
          lambda: client.empty(Empty(), metadata=[("x-filler", "y" * 9000)]))
    client.empty(Empty())


def case_unsupported_compression(echo, client):
    error = fails(grpc.StatusCode.UNIMPLEMENTED,
                  lambda: client.unary(SimpleRequest(response_size=1),
                                       compression=grpc.Compression.Deflate))
    assert error_info(error).reason == "ENCODING_UNSUPPORTED"


def case_health(echo, client):
    for service in ("", "grpc.testing.TestService", "grpc.health.v1.Health"):
        assert client.check(HealthRequest(service=service)).status == 1
    fails(grpc.StatusCode.NOT_FOUND, lambda: client.check(HealthRequest(service="grpc.testing")))
    watch = client.watch(HealthRequest(service="nobody"))
    assert next(watch).status == 3
    watch.cancel()


def case_health_watch_sees_the_end(echo, client):
    other = Echo(BINARY)
    watch = Client(other.unix).watch(HealthRequest())
    assert next(watch).status == 1
    other.process.send_signal(signal.SIGTERM)
    assert next(watch).status == 2
    fails(grpc.StatusCode.UNAVAILABLE, lambda: next(watch))
    assert other.process.wait(60) == 0


def case_reflection(echo, client):
    requests = [ReflectionRequest(list_services=""),
                ReflectionRequest(file_containing_symbol="grpc.health.v1.Health.Check"),
                ReflectionRequest(file_by_filename="google/rpc/error_details.proto"),
                ReflectionRequest(file_containing_symbol="no.such.Thing")]
    services, symbol, file, missing = client.reflect(iter(requests))
    names = [s.name for s in services.list_services_response.service]
    assert "grpc.health.v1.Health" in names, names
    assert symbol.original_request.file_containing_symbol == "grpc.health.v1.Health.Check"
    names = [descriptor_pb2.FileDescriptorProto.FromString(f).name
             for f in file.file_descriptor_response.file_descriptor_proto]
    assert sorted(names) == ["google/protobuf/duration.proto", "google/rpc/error_details.proto"]
    assert missing.error_response.error_code == 5


def case_drain_lets_calls_finish(echo, client):
    other = Echo(BINARY)
    request = SimpleRequest(response_size=7)
    request.response_status.code = 1000 + 600
    future = Client(other.unix).unary.future(request)
    other.wait_for_open_calls(1, future)
    other.process.send_signal(signal.SIGTERM)
    assert len(future.result().payload.body) == 7
    assert other.process.wait(60) == 0


def case_reconnects_after_idle_limit(echo, client):
    other = Echo(BINARY, WIRE_IDLE_MS="300")
    c = Client(other.unix)
    told = threading.Event()
    c.empty(Empty())
    c.channel.subscribe(
        lambda state: told.set() if state == grpc.ChannelConnectivity.IDLE else None)
    assert told.wait(60), "the client was not told to go"
    c.empty(Empty())
    other.stop()


def main():
    global BINARY
    BINARY = sys.argv[1]
    wanted = sys.argv[2:]
    cases = [(n, f) for n, f in globals().items() if n.startswith("case_")]
    echo = Echo(BINARY)
    failed = 0
    for address in (echo.tcp, echo.unix):
        client = Client(address)
        for name, case in cases:
            if wanted and name not in wanted and name[5:] not in wanted:
                continue
            try:
                case(echo, client)
                print("ok   %s %s" % (name[5:], address.split(":")[0]))
            except Exception as error:  # report all cases, then fail
                failed += 1
                print("FAIL %s %s: %r" % (name[5:], address.split(":")[0], error))
            sys.stdout.flush()
            if echo.process.poll() is not None:
                print("the server died:\n" + "".join(echo.log))
                return 1
        client.channel.close()
    echo.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
