#!/usr/bin/python3
"""The public gRPC interop cases from three stock stacks against interop-server.

    interop_cases.py INTEROP_SERVER_BINARY [--write]

Every case that a client can express must pass, and docs/interop.md must have exactly the table that
this run gives; --write writes it there.
"""
import base64
import json
import os
import re
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUF = os.path.join(HERE, "node_modules", ".bin", "buf")
DOC = os.path.join(ROOT, "docs", "interop.md")
PROTO_DIR = os.environ.get("GRPC_PROTO_DIR", "/usr/share/grpc-proto")
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
CASES = ("empty_unary large_unary client_compressed_unary server_compressed_unary "
         "client_streaming client_compressed_streaming server_streaming "
         "server_compressed_streaming ping_pong empty_stream custom_metadata "
         "status_code_and_message special_status_message unimplemented_method "
         "unimplemented_service cancel_after_begin cancel_after_first_response "
         "timeout_on_sleeping_server").split()
UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED = 2, 4, 12


def zeros(size):
    return {"body": base64.b64encode(bytes(size)).decode()}


LARGE = {"responseSize": 314159, "payload": zeros(271828)}


def outputs(*sizes, compressed=None, **more):
    return {"responseParameters": [
        {"size": size, **({"compressed": {"value": compressed[i]}} if compressed else {}), **more}
        for i, size in enumerate(sizes)]}


def sizes_of(answers):
    return [len(base64.b64decode(one["payload"]["body"])) for one in answers]


class Buf:
    """`buf curl` (Go). It sends what it has and then listens, it can neither compress a request
    nor cancel: those cases it cannot express."""

    def __init__(self, address, directory):
        self.address = address
        self.dir = directory
        self.schema = os.path.join(directory, "testing.binpb")
        subprocess.check_call(["protoc", "-I" + PROTO_DIR, "--include_imports",
                               "--descriptor_set_out=" + self.schema, "grpc/testing/test.proto"])

    @staticmethod
    def version():
        return subprocess.check_output([BUF, "--version"], text=True).strip()

    def curl(self, method, requests, *options, code=0, service="TestService"):
        """All answers, or the error as JSON, and what -v told."""
        data = "\n".join(json.dumps(one) for one in requests)
        done = subprocess.run(
            [BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", "--schema", self.schema,
             "--emit-defaults", *options, "-d", "@-",
             f"http://{self.address}/grpc.testing.{service}/{method}"],
            cwd=self.dir, input=data, capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "HOME": self.dir, "XDG_CACHE_HOME": self.dir, "no_proxy": "*"})
        assert done.returncode == code << 3, (done.returncode, done.stderr[-500:])
        decoder, answers, text = json.JSONDecoder(), [], done.stdout.lstrip()
        while text:
            one, end = decoder.raw_decode(text)
            answers.append(one)
            text = text[end:].lstrip()
        return answers, done.stderr

    def error_message(self, stderr):
        return json.loads(stderr[stderr.index("{"):])["message"]

    def empty_unary(self):
        assert self.curl("EmptyCall", [{}])[0] == [{}]

    def large_unary(self):
        assert sizes_of(self.curl("UnaryCall", [LARGE])[0]) == [314159]

    def server_compressed_unary(self):
        for value in (True, False):
            answers, told = self.curl("UnaryCall", [{**LARGE, "responseCompressed":
                                                     {"value": value}}], "-v")
            assert sizes_of(answers) == [314159]
            assert ("Grpc-Encoding: gzip" in told) == value, told[-2000:]

    def client_streaming(self):
        answers, _ = self.curl("StreamingInputCall", [{"payload": zeros(size)} for size in
                                                      (27182, 8, 1828, 45904)])
        assert answers == [{"aggregatedPayloadSize": 74922}], answers

    def server_streaming(self):
        sizes = [31415, 9, 2653, 58979]
        assert sizes_of(self.curl("StreamingOutputCall", [outputs(*sizes)])[0]) == sizes

    def server_compressed_streaming(self):
        request = outputs(31415, 92653, compressed=(True, False))
        assert sizes_of(self.curl("StreamingOutputCall", [request])[0]) == [31415, 92653]

    def empty_stream(self):
        assert self.curl("FullDuplexCall", [])[0] == []

    def custom_metadata(self):
        options = ("-v", "-H", "x-grpc-test-echo-initial: test_initial_metadata_value",
                   "-H", "x-grpc-test-echo-trailing-bin: q6ur")
        for method, request in (("UnaryCall", LARGE),
                                ("FullDuplexCall", {**outputs(314159), "payload": zeros(271828)})):
            _, told = self.curl(method, [request], *options)
            assert re.search(r"< .*X-Grpc-Test-Echo-Initial: test_initial_metadata_value",
                             told), told[-2000:]
            assert re.search(r"< .*X-Grpc-Test-Echo-Trailing-Bin: q6ur", told), told[-2000:]

    def status_code_and_message(self):
        asked = {"responseStatus": {"code": UNKNOWN, "message": "test status message"}}
        for method in ("UnaryCall", "FullDuplexCall"):
            _, told = self.curl(method, [asked], code=UNKNOWN)
            assert self.error_message(told) == "test status message", told

    def special_status_message(self):
        asked = {"responseStatus": {"code": UNKNOWN, "message": SPECIAL}}
        _, told = self.curl("UnaryCall", [asked], code=UNKNOWN)
        assert self.error_message(told) == SPECIAL, told

    def unimplemented_method(self):
        self.curl("UnimplementedCall", [{}], code=UNIMPLEMENTED)

    def unimplemented_service(self):
        self.curl("UnimplementedCall", [{}], code=UNIMPLEMENTED, service="UnimplementedService")

    def timeout_on_sleeping_server(self):
        self.curl("FullDuplexCall", [outputs(31415, intervalUs=30000000)], "--timeout", "2s",
                  code=DEADLINE_EXCEEDED)


class Server:
    def __init__(self, binary, directory):
        path = os.path.join(directory, "interop.sock")
        self.process = subprocess.Popen(
            [binary, "--listen", "tcp:127.0.0.1:0", "--listen", "unix:" + path],
            stderr=subprocess.PIPE, text=True)
        self.tcp = self.process.stderr.readline().split("tcp:")[1].strip()
        self.unix = "unix:" + path
        self.process.stderr.readline()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, told = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, told


def run_program(command):
    """(version, {case: passed}) of a program that prints "ok CASE" and "FAIL CASE"."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    words = [line.split(" ", 2) for line in done.stdout.splitlines()]
    for line in done.stdout.splitlines():
        if line.startswith("FAIL"):
            print(os.path.basename(command[1]), line)
    if done.returncode != 0:
        print(done.stderr[-2000:])
    version = next((w[1] for w in words if w[0] == "version"), "?")
    return version, {w[1]: w[0] == "ok" for w in words if w[0] in ("ok", "FAIL")}


def run_buf(address, directory):
    buf = Buf(address, directory)
    results = {}
    for name in CASES:
        if not hasattr(buf, name):
            continue
        try:
            getattr(buf, name)()
            results[name] = True
        except Exception as error:  # pylint: disable=broad-except
            print("buf FAIL", name, repr(error))
            results[name] = False
    return results


def table(columns):
    """Markdown; `columns` is [(head, {case: passed})], a missing case cannot be expressed."""
    words = {True: "pass", False: "FAIL", None: "-"}
    lines = ["| case | " + " | ".join(head for head, _ in columns) + " |",
             "|---" * (len(columns) + 1) + "|"]
    lines += ["| " + " | ".join([name] + [words[r.get(name)] for _, r in columns]) + " |"
              for name in CASES]
    return "\n".join(lines)


def check_doc(got, write):
    with open(DOC, encoding="utf-8") as file:
        text = file.read()
    before, _, rest = text.partition("<!-- table -->\n")
    now, _, after = rest.partition("\n<!-- end -->")
    if write:
        with open(DOC, "w", encoding="utf-8") as file:
            file.write(f"{before}<!-- table -->\n{got}\n<!-- end -->{after}")
    elif now != got:
        print(f"{DOC} has another table; run this with --write\n{got}")
        return False
    return True


def main():
    binary, write = sys.argv[1], "--write" in sys.argv[2:]
    if not os.path.exists(BUF):
        print("skipped: tests/interop/node_modules is missing: npm ci")
        return 77
    with tempfile.TemporaryDirectory() as directory:
        server = Server(binary, directory)
        grpcio = [sys.executable, os.path.join(HERE, "cases_grpcio.py")]
        js = ["node", os.path.join(HERE, "cases.js")]
        _, over_unix = run_program(grpcio + [server.unix])
        c_version, c_core = run_program(grpcio + [server.tcp])
        _, js_unix = run_program(js + [server.unix, PROTO_DIR])
        js_version, grpc_js = run_program(js + [server.tcp, PROTO_DIR])
        buf = run_buf(server.tcp, directory)
        server.stop()
    for results in (c_core, over_unix, grpc_js, js_unix):
        assert set(results) == set(CASES), set(CASES) ^ set(results)
    got = table([(f"python3-grpcio {c_version} (C core)", c_core),
                 (f"@grpc/grpc-js {js_version} (Node)", grpc_js),
                 (f"buf curl {Buf.version()} (Go)", buf)])
    passed = all(all(r.values()) for r in (c_core, over_unix, grpc_js, js_unix, buf))
    print(got)
    return 0 if check_doc(got, write) and passed else 1


if __name__ == "__main__":
    sys.exit(main())
