"""What the end-to-end tests share: a daemon of their own, the client, and gRPC stubs.

The binaries are those of the build tree $PROVOST_BUILD (else build/release). Every daemon lives in
a directory of its own under $TMPDIR; when it stops, its exit status, its stderr (sanitizers) and
its register (verify_register.py) are checked. $PROVOST_TEST_SCALE (0.1 in sanitizer builds) scales
the heavy tests.
"""
import atexit
import csv
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import types
import unittest

import grpc

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("PROVOST_BUILD", os.path.join(ROOT, "build", "release"))
PROVOSTD = os.path.join(BUILD, "daemon", "provostd")
PROVOST = os.path.join(BUILD, "client", "provost")
SUBMIT_LOAD = os.path.join(BUILD, "tests", "e2e", "submit_load")
SCALE = float(os.environ.get("PROVOST_TEST_SCALE", "1"))
DUNDEE = os.path.join(ROOT, "examples", "dundee")
PLAN = "plans/cex-2021-24"
GRPC_PROTO_DIR = os.environ.get("GRPC_PROTO_DIR", "/usr/share/grpc-proto")
START_SECONDS = 30
STOP_SECONDS = 60
SANITIZER = re.compile(r"(Address|Thread|Leak|Memory)Sanitizer|runtime error:|SUMMARY: .*San")

sys.path.insert(0, HERE)
import verify_register  # noqa: E402


def skip(why):
    """Ends the test as ctest's SKIP_RETURN_CODE says."""
    print("skipped:", why)
    sys.exit(77)


def require_tool(name):
    if not shutil.which(name):
        skip(f"{name} is not installed")


def scaled(number, least=1):
    return max(least, int(number * SCALE))


# ---- stubs, made from the .proto at test time ----

def _generate():
    """Python modules for our .proto files and the standard ones, in a directory for this run."""
    out = tempfile.mkdtemp(prefix="provost-pb-")
    atexit.register(shutil.rmtree, out, True)
    ours = [f"provost/v1/{n}.proto" for n in
            ("resources", "register", "change_log", "performance", "admin")]
    others = ["google/rpc/status.proto", "google/rpc/error_details.proto",
              "grpc/health/v1/health.proto", "grpc/reflection/v1/reflection.proto",
              "grpc/reflection/v1alpha/reflection.proto"]
    subprocess.check_call(
        ["protoc", "-I" + os.path.join(ROOT, "proto"), "-I" + GRPC_PROTO_DIR, "-I/usr/include",
         "--python_out=" + out, "--grpc_python_out=" + out,
         "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin"] + ours + others)
    sys.path.append(out)
    grpc.__path__.append(os.path.join(out, "grpc"))
    return out


class _Modules:
    """pb.register, pb.change_log ... generated when first asked for."""

    _PATHS = {"health": "grpc.health.v1.health", "reflection": "grpc.reflection.v1.reflection",
              "reflection_alpha": "grpc.reflection.v1alpha.reflection",
              "status": "google.rpc.status", "details": "google.rpc.error_details"}
    _ready = False

    def __getattr__(self, name):
        if not _Modules._ready:
            _generate()
            _Modules._ready = True
        kind = "_pb2_grpc" if name.endswith("_grpc") else "_pb2"
        base = name[:-5] if name.endswith("_grpc") else name
        path = self._PATHS.get(base, "provost.v1." + base)
        module = __import__(path + kind, fromlist=["x"])
        setattr(self, name, module)
        return module


pb = _Modules()


class Api:
    """All services over one channel."""

    second = None

    def __init__(self, target, metadata=None, options=()):
        self.channel = grpc.insecure_channel(
            target, options=[("grpc.enable_http_proxy", 0), *options])
        self.metadata = metadata or []
        self.register = pb.register_grpc.RegisterServiceStub(self.channel)
        self.log = pb.change_log_grpc.ChangeLogServiceStub(self.channel)
        self.performance = pb.performance_grpc.PerformanceServiceStub(self.channel)
        self.admin = pb.admin_grpc.AdminServiceStub(self.channel)
        self.health = pb.health_grpc.HealthStub(self.channel)

    def close(self):
        self.channel.close()

    def seq(self):
        return self.admin.GetStatus(pb.admin.GetStatusRequest(), timeout=30).seq

    def get(self, name, **fields):
        return self.register.GetResource(pb.register.GetResourceRequest(name=name, **fields),
                                         timeout=30).resource

    def apply(self, mutations, **fields):
        """Where it needs a second person, `second` (another Api) is that."""
        answer = self.register.Apply(pb.register.ApplyRequest(mutations=mutations, **fields),
                                     timeout=60, metadata=self.metadata)
        if not answer.approval_id or self.second is None:
            return answer
        return self.second.apply(mutations, **{**fields, "approval_id": answer.approval_id})

    def submit(self, submissions, **fields):
        return self.register.SubmitObservations(
            pb.register.SubmitObservationsRequest(submissions=submissions, **fields), timeout=60,
            metadata=self.metadata)

    def changes(self, **fields):
        """All changes of a query, over all pages."""
        found, token = [], ""
        while True:
            page = self.log.ListChanges(
                pb.change_log.ListChangesRequest(page_token=token, **fields), timeout=60)
            found.extend(page.changes)
            token = page.next_page_token
            if not token:
                return found


def member(name):
    """Member of Resource.body for a name: "indicators/x" -> "indicator"."""
    return name.split("/")[0][:-1].replace("-", "_")


def resource(name, **fields):
    r = pb.resources.Resource(name=name)
    getattr(r, member(name)).SetInParent()
    for key, value in fields.items():
        target = getattr(r, member(name))
        if isinstance(value, (list, tuple)):
            getattr(target, key).extend(value)
        else:
            setattr(target, key, value)
    return r


def create(name, **fields):
    return pb.register.Mutation(create=resource(name, **fields))


def patch(name, base_seq=0, mask=None, allow_missing=False, **fields):
    m = pb.register.Mutation()
    m.patch.resource.CopyFrom(resource(name, **fields))
    m.patch.update_mask.paths.extend(list(fields) if mask is None else mask)
    m.patch.base_seq = base_seq
    m.patch.allow_missing = allow_missing
    return m


def delete(name, **fields):
    return pb.register.Mutation(delete=pb.register.Delete(name=name, **fields))


def submission(indicator, period, value, **fields):
    return pb.register.Submission(indicator=indicator, period=period, value=value, **fields)


class Failure:
    """What a refused call said, taken apart."""

    def __init__(self, error):
        self.code = error.code()
        self.message = error.details()
        self.raw = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        self.status = pb.status.Status.FromString(self.raw)
        self.details = {d.type_url.rsplit("/", 1)[-1]: d.value for d in self.status.details}

    def detail(self, type_name, message):
        return message.FromString(self.details[type_name])

    @property
    def info(self):
        return self.detail("google.rpc.ErrorInfo", pb.details.ErrorInfo)

    @property
    def fields(self):
        if "google.rpc.BadRequest" not in self.details:
            return []
        bad = self.detail("google.rpc.BadRequest", pb.details.BadRequest)
        return [v.field for v in bad.field_violations]

    @property
    def conflicts(self):
        return list(self.detail("provost.v1.ConflictDetail",
                                pb.register.ConflictDetail).conflicts)

    def __str__(self):
        return f"{self.code}: {self.message!r} {self.fields}"


# ---- the client ----

def clean_env(**extra):
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("PROVOST_") and k not in ("NO_COLOR", "COLUMNS")}
    # What the client remembers of servers belongs to a person, not to a test run.
    env.update(LC_ALL="C.UTF-8", TERM="xterm", TZ="UTC", PROVOST_HEADS="off")
    env.update(extra)
    return env


def provost(*args, server=None, code=0, env=None, binary=False):
    """Runs the client; `code` None: any exit status will do."""
    full = clean_env(**(env or {}))
    if server:
        full["PROVOST_SERVER"] = server
    done = subprocess.run([PROVOST, *[str(a) for a in args]], env=full, timeout=120,
                          stdin=subprocess.DEVNULL, capture_output=True)
    out, err = done.stdout, done.stderr.decode()
    if SANITIZER.search(err):
        raise AssertionError(f"sanitizer in provost {args}:\n{err}")
    if code is not None and done.returncode != code:
        raise AssertionError(f"provost {' '.join(map(str, args))}: exit {done.returncode}, "
                             f"not {code}\n{out.decode(errors='replace')}{err}")
    return types.SimpleNamespace(code=done.returncode, out=out if binary else out.decode(),
                                 err=err)


def read_csv(text):
    return list(csv.reader(io.StringIO(text), strict=True))


# ---- the daemon ----

class Daemon:
    """One provostd on a state directory of its own, on a unix socket and on loopback."""

    def __init__(self, tcp=True, args=(), state_dir=None):
        self.dir = tempfile.mkdtemp(prefix="provost-e2e-")
        self.state_dir = state_dir or os.path.join(self.dir, "state")
        os.makedirs(self.state_dir, exist_ok=True)
        self.socket_path = os.path.join(self.dir, "p.sock")
        self.unix = "unix:" + self.socket_path
        self.wants_tcp = tcp
        self.tcp = None  # "127.0.0.1:PORT", the same after every restart
        self.args = list(args)
        self.process = None
        self.log = []  # lines of stderr of all runs
        self.reader = None

    def command(self):
        command = [PROVOSTD, "--state-dir", self.state_dir, "--listen", self.unix]
        if self.wants_tcp:
            command += ["--listen", "tcp:" + (self.tcp or "127.0.0.1:0"), "--insecure-tcp"]
        return command + self.args

    def start(self, wait=True, **popen):
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True, errors="replace", env=clean_env(), **popen)
        self.reader = threading.Thread(target=self._drain, args=(self.process.stderr,),
                                       daemon=True)
        self.reader.start()
        if wait:
            self.wait_ready()
        return self

    def _drain(self, stream):
        for line in stream:
            self.log.append(line)

    def text(self):
        return "".join(self.log)

    def _accepts(self):
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(self.socket_path)
            except OSError:
                return False
        if not self.wants_tcp:
            return True
        if not self.tcp:
            found = re.search(r"tcp:(127\.0\.0\.1:[1-9]\d*)", self.text())
            if not found:
                return False
            self.tcp = found.group(1)
        host, port = self.tcp.rsplit(":", 1)
        with socket.socket() as s:
            return s.connect_ex((host, int(port))) == 0

    def wait_ready(self):
        until = time.monotonic() + START_SECONDS
        while not self._accepts():
            if self.process.poll() is not None:
                self.reader.join(5)
                raise AssertionError(f"provostd ended with {self.process.returncode} while "
                                     f"starting:\n{self.text()}")
            if time.monotonic() > until:
                raise AssertionError(f"provostd was not ready in time:\n{self.text()}")
            time.sleep(0.01)

    def api(self, tcp=False, service=None, person=None):
        metadata = [("provost-service", service)] if service else []
        if person:  # as -bin where it is not plain ASCII, as `provost` does
            metadata.append(("provost-on-behalf-of", person) if person.isascii() else
                            ("provost-on-behalf-of-bin", person.encode()))
        return Api(self.tcp if tcp else self.unix, metadata)

    def provost(self, *args, **kwargs):
        return provost(*args, server=self.unix, **kwargs)

    def json(self, *args):
        return json.loads(self.provost("-o", "json", *args).out)

    def wait(self):
        """Waits for the end; returns the exit status."""
        code = self.process.wait(timeout=STOP_SECONDS)
        self.reader.join(5)
        self.process.stderr.close()
        self.process = None
        return code

    def stop(self):
        """Ends it as systemd would, and checks how it went."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.wait()
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            self.wait()
            raise AssertionError(f"provostd did not stop in time:\n{self.text()[-3000:]}")
        if code != 0 or SANITIZER.search(self.text()):
            raise AssertionError(f"provostd ended with {code}:\n{self.text()[-6000:]}")

    def kill(self):
        """kill -9, by its own pid."""
        self.process.send_signal(signal.SIGKILL)
        self.wait()

    def check(self):
        """The register of a stopped daemon, by code that is not ours."""
        if not os.path.exists(os.path.join(self.state_dir, "register.db")):
            return None
        figures, problems = verify_register.verify(self.state_dir)
        if problems:
            raise AssertionError("verify_register: " + "; ".join(problems[:10]))
        return figures

    def remove(self):
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def finish(self):
        """Stop, check, tidy up."""
        try:
            self.stop()
            return self.check()
        finally:
            self.remove()


def rotate_key(daemon, reason, **kwargs):
    """The unix peer asks, "loopback" approves; alone nobody may."""
    asked = daemon.provost("audit", "rotate-key", "--reason", reason, **kwargs).out.strip()
    daemon.provost("audit", "rotate-key", "--reason", reason, "--approve", asked, code=4, **kwargs)
    return provost("audit", "rotate-key", "--reason", reason, "--approve", asked,
                   server=daemon.tcp, **kwargs)


class RegisterTest(unittest.TestCase):
    """One daemon for all tests of a class, checked at the end."""

    daemon = None

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        try:
            cls.daemon.start()
            cls.api = cls.daemon.api()
            cls.api.second = cls.daemon.api(tcp=True)
            cls.prepare()
        except BaseException:
            sys.stderr.write(cls.daemon.text())
            cls.daemon.remove()
            raise

    @classmethod
    def prepare(cls):
        """What the tests of the class find in the register."""

    @classmethod
    def tearDownClass(cls):
        if cls.api.second is not None:
            cls.api.second.close()
        cls.api.close()
        cls.daemon.finish()

    def refused(self, code, call, *args, field=None, reason=None, **kwargs):
        """The call must fail with the code, name the field, and leave the register as it was."""
        before = self.api.seq()
        try:
            call(*args, **kwargs)
        except grpc.RpcError as error:
            failure = Failure(error)
        else:
            self.fail(f"no refusal, wanted {code}")
        self.assertEqual(failure.code, code, failure)
        self.assertNotEqual(failure.message, "")
        if failure.raw:
            self.assertEqual(failure.status.message, failure.message)
            self.assertEqual(failure.info.domain, "provost")
            self.assertRegex(failure.info.reason, r"^[A-Z][A-Z0-9_]*$")
        if reason:
            self.assertEqual(failure.info.reason, reason, failure)
        if field:
            last = [f.rsplit(".", 1)[-1].split("[")[0] for f in failure.fields]
            self.assertIn(field, last, failure)
        self.assertEqual(self.api.seq(), before, "something was written")
        return failure


def main():
    os.environ.setdefault("TZ", "UTC")
    for binary in (PROVOSTD, PROVOST):
        if not os.path.exists(binary):
            sys.exit(f"{binary} is not built")
    unittest.main(verbosity=2)
