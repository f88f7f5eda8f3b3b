"""What bench/run measures: each subject is started on a directory of its own, loaded, and stopped."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

FIGURES = 120000  # keys of the rivals, as many as the register has figures


class Fault(Exception):
    """The run cannot go on; the text says why."""


def wait_for(what, ready, process=None, seconds=30, pause=0.02):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process and process.poll() is not None:
            break
        if ready():
            return
        time.sleep(pause)
    raise Fault(f"{what} did not start")


def accepts(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_seconds(pid):
    """User and system time of a process and all below it, living and waited for."""
    ticks, todo = 0, [pid]
    while todo:
        one = todo.pop()
        try:
            stat = pathlib.Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            todo += map(int, pathlib.Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += sum(map(int, stat[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise Fault(f"{' '.join(map(str, command))}: exit {done.returncode}\n"
                    f"{done.stdout[-500:]}{done.stderr[-500:]}")
    return done.stdout


class Subject:
    """A server under load; `name` is the column of the table."""
    name = ""

    def __init__(self, place, build):
        self.dir = pathlib.Path(place) / self.name.replace(" ", "-")
        self.build = pathlib.Path(build)
        self.process = None

    def start(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        self.dir.mkdir(parents=True)
        self.launch()
        return self

    def launch(self):
        raise NotImplementedError

    def spawn(self, *command, **options):
        with open(self.dir / "log", "ab") as log:
            self.process = subprocess.Popen([str(c) for c in command], stdout=log, stderr=log,
                                            **options)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def cpu(self):
        return cpu_seconds(self.process.pid)

    def load(self, server, work, shape, seconds, *more):
        """The generator's report; `shape` is (connections, streams)."""
        before = self.cpu()
        report = json.loads(run(
            self.build / "bench/load", "--server", server, "--work", work, "--connections",
            str(shape[0]), "--streams", str(shape[1]), "--seconds", str(seconds), "--warmup",
            "0.5", *map(str, more)).splitlines()[-1])
        report["server_cpu_us"] = (self.cpu() - before) * 1e6 / max(
            1, report["answers"] * (seconds + 0.5) / seconds)
        report["client_cpu_us"] = report["client_cpu_seconds"] * 1e6 / max(
            1, report["answers"] * (seconds + 0.5) / seconds)
        return report


class Provost(Subject):
    """The daemon on a register of 1,000 indicators with ten years of monthly figures. All that is
    measured is asked for by a principal with a bearer token who contributes for the council."""
    name = "provost"
    indicators = 1000
    more = ()  # flags of the daemon

    def launch(self):
        self.port = free_port()
        self.server = f"tcp:127.0.0.1:{self.port}"
        self.first = 0  # number of the next new figure
        self.serve()
        self.setup("setup-organisations", 1)
        self.setup("setup-plan", 1)
        for work in ("setup-indicators", "setup-links", "setup-targets"):
            self.setup(work, self.indicators // 100)
        self.setup("setup-history", self.indicators * 120 // 100, 4)
        self.sign_in()

    def serve(self):
        """Seconds from the start of the process until it takes connections."""
        begun = time.monotonic()
        self.spawn(self.build / "daemon/provostd", "--state-dir", self.dir, "--listen",
                   self.server, "--insecure-tcp", *self.more)
        wait_for(self.name, lambda: accepts(self.port), self.process, pause=0.001)
        return time.monotonic() - begun

    def client(self, *words):
        return run(self.build / "client/provost", "--server", self.server, *words,
                   env=dict(os.environ, HOME=str(self.dir), PROVOST_HEADS="off"))

    def sign_in(self):
        """A token of somebody who may do what is measured, and no more."""
        self.token = self.dir / "token"
        self.client("principal", "set", "council-systems", "--title", "Council systems")
        self.client("grant", "add", "council-systems", "contributor", "--organisation",
                    "organisations/council", "--fields", "reporting", "--fields", "definitions")
        self.client("grant", "add", "council-systems", "viewer")
        self.token.write_text(self.client("token", "create", "council-systems"))

    def setup(self, work, requests, streams=1):
        run(self.build / "bench/load", "--server", self.server, "--work", work, "--requests",
            str(requests), "--streams", str(streams), "--indicators", str(self.indicators))

    def measure(self, work, shape, seconds):
        if work.startswith("watched-"):
            return self.measure_watched(work.removeprefix("watched-"), shape, seconds)
        if work == "h2load-get":
            return self.measure_h2load(shape, seconds)
        report = self.load(self.server, work, shape, seconds, "--indicators", self.indicators,
                           "--first", self.first, "--token-file", self.token)
        # Those of the warm-up too, and some in reserve: no figure may be new twice.
        asked = int(report["answers"] * (seconds + 0.5) / seconds * 1.3)
        if work in ("submit-one", "mixed"):
            self.first += asked + 1000
        elif work == "submit-batch":
            self.first += 100 * (asked + 100)
        return report

    def measure_h2load(self, shape, seconds):
        """One body again and again, by a generator that is not ours: a check on the other."""
        body = self.dir / "get.bin"
        name = b"indicators/bench-0"
        message = b"\x0a" + bytes([len(name)]) + name
        body.write_bytes(b"\0" + len(message).to_bytes(4, "big") + message)
        before, cpu = time.monotonic(), self.cpu()
        told = run("h2load", "-c", str(shape[0]), "-m", str(shape[1]), "-t", "1", "-D",
                   str(int(seconds)), "--warm-up-time", "1", "-d", body, "-H",
                   "content-type: application/grpc", "-H", "te: trailers", "-H",
                   f"authorization: Bearer {self.token.read_text().strip()}",
                   f"http://127.0.0.1:{self.port}/provost.v1.RegisterService/GetResource")
        found = re.search(r"finished in .*?, ([\d.]+) req/s", told)
        failed = re.search(r"(\d+) failed", told)
        if not found or int(failed.group(1)):
            raise Fault(f"h2load: {told[-500:]}")
        answers = float(found.group(1)) * seconds
        return {"rate": float(found.group(1)), "answers": answers,
                "seconds": time.monotonic() - before,
                "server_cpu_us": (self.cpu() - cpu) * 1e6 / max(1, answers)}

    def measure_watched(self, who, shape, seconds):
        """W1 beside 50 watchers; their lag is told as `lag_p50_us` and `lag_p99_us`."""
        with subprocess.Popen([str(w) for w in (
                self.build / "bench/watchers", self.server, 50, int(seconds + 2), who)],
                stdout=subprocess.PIPE, text=True) as watchers:
            time.sleep(1)
            report = self.measure("submit-one", shape, seconds)
            told = json.loads(watchers.communicate(timeout=60)[0])
        report.update({f"lag_{k}": told[k] for k in ("p50_us", "p99_us", "max_us")},
                      received=told["received"])
        return report


class Floor(Subject):
    """libuv and nghttp2 alone."""
    name = "floor"

    def launch(self):
        self.port = free_port()
        self.spawn(self.build / "bench/floor", "127.0.0.1", self.port)
        wait_for(self.name, lambda: accepts(self.port), self.process)

    def measure(self, work, shape, seconds):
        return self.load(f"tcp:127.0.0.1:{self.port}", "echo", shape, seconds)


class Etcd(Subject):
    name = "etcd"

    def launch(self):
        self.port, peer = free_port(), free_port()
        client, peers = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{peer}"
        self.spawn("etcd", "--data-dir", self.dir / "data", "--listen-client-urls", client,
                   "--advertise-client-urls", client, "--listen-peer-urls", peers,
                   "--initial-advertise-peer-urls", peers, "--initial-cluster",
                   f"default={peers}", "--quota-backend-bytes", str(8 << 30))
        wait_for(self.name, lambda: accepts(self.port), self.process)
        time.sleep(1)

    def measure(self, work, shape, seconds):
        return self.load(f"tcp:127.0.0.1:{self.port}", work, shape, seconds)


class RawSqlite(Subject):
    """SQLite in one thread, no network: groups take the place of requests in flight."""
    name = "raw sqlite"

    def launch(self):
        pass

    def stop(self):
        pass

    def measure(self, work, shape, seconds):
        group = shape[0] * shape[1]
        per_unit = 100 if work == "batch" else 1
        report = json.loads(run(self.build / "bench/raw_sqlite", self.dir / f"raw-{work}.db",
                                str(max(1, group // per_unit)), str(seconds), str(per_unit),
                                str(FIGURES)))
        return report


class Redis(Subject):
    name = "redis"
    script = ("local id = 'figure:' .. ARGV[1]\n"
              "redis.call('HSET', id, 'value', ARGV[2], 'seq', redis.call('INCR', 'head'))\n"
              "return redis.call('XADD', 'log', '*', 'figure', id, 'after', ARGV[2])\n")

    def launch(self):
        self.port = free_port()
        self.spawn("redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", self.dir,
                   "--appendonly", "yes", "--appendfsync", "always", "--save", "")
        wait_for(self.name, lambda: accepts(self.port), self.process)
        self.sha = self.command("SCRIPT", "LOAD", self.script).strip()

    def command(self, *words):
        return run("redis-cli", "-p", str(self.port), *words)

    def measure(self, work, shape, seconds):
        clients = shape[0] * shape[1]
        requests = int(seconds * {1: 3000, 8: 9000}.get(clients, 25000))
        words = {"unit": ["EVALSHA", self.sha, "0", "__rand_int__", "v" * 100],
                 "set": ["SET", "figure:__rand_int__", "v" * 100]}[work]
        before, start = self.cpu(), time.monotonic()
        rows = run("redis-benchmark", "-p", str(self.port), "-c", str(clients), "-n",
                   str(requests), "-r", str(FIGURES), "--csv", *words).splitlines()
        names, values = ([c.strip('"') for c in row.split('","')] for row in rows[-2:])
        row = dict(zip((n.strip('"') for n in names), (v.strip('"') for v in values)))
        return {"rate": float(row["rps"]), "answers": requests,
                "p50_us": float(row["p50_latency_ms"]) * 1000,
                "p99_us": float(row["p99_latency_ms"]) * 1000,
                "server_cpu_us": (self.cpu() - before) * 1e6 / requests,
                "seconds": time.monotonic() - start}


class Postgres(Subject):
    name = "postgresql"
    bin = pathlib.Path("/usr/lib/postgresql/15/bin")
    schema = f"""
        CREATE TABLE figure (id int PRIMARY KEY, value text, note text, seq bigint);
        INSERT INTO figure SELECT i, '0', '', 0 FROM generate_series(1, {FIGURES}) i;
        CREATE TABLE log (seq bigserial PRIMARY KEY, time timestamptz, who text, figure int,
                          after text, hash bytea);
        CREATE TABLE chained_log (seq bigint PRIMARY KEY, time timestamptz, who text, figure int,
                                  after text, hash bytea);
        CREATE TABLE head (one int PRIMARY KEY, seq bigint, hash bytea);
        INSERT INTO head VALUES (1, 0, '');
        VACUUM ANALYZE;"""
    scripts = {
        "cte": r"""\set id random(1, %d)
            WITH f AS (INSERT INTO figure VALUES (:id, '98.70', 'two late answers', 1)
              ON CONFLICT (id) DO UPDATE SET value = excluded.value, seq = figure.seq + 1
              RETURNING id)
            INSERT INTO log (time, who, figure, after, hash)
              SELECT now(), 'department-of-roads', id, '98.70', sha256('98.70') FROM f;""",
        "chained": r"""\set id random(1, %d)
            BEGIN;
            INSERT INTO figure VALUES (:id, '98.70', 'two late answers', 1)
              ON CONFLICT (id) DO UPDATE SET value = excluded.value, seq = figure.seq + 1;
            WITH h AS (UPDATE head SET seq = seq + 1,
                       hash = sha256(hash || '98.70'::bytea) RETURNING seq, hash)
            INSERT INTO chained_log (seq, time, who, figure, after, hash)
              SELECT seq, now(), 'department-of-roads', :id, '98.70', hash FROM h;
            COMMIT;""",
        "read": r"""\set id random(1, %d)
            SELECT * FROM figure WHERE id = :id;""",
    }

    def launch(self):
        shutil.chown(self.dir, "postgres") if os.getuid() == 0 else None
        self.port = free_port()
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        data = self.dir / "data"
        run(*self.as_user, self.bin / "initdb", "-D", data, "-A", "trust", "--no-locale", "-E",
            "UTF8", "-U", "postgres")
        self.spawn(*self.as_user, self.bin / "postgres", "-D", data, "-k", self.dir, "-c",
                   "listen_addresses=", "-c", "max_connections=300", "-p", self.port)
        wait_for(self.name, (self.dir / f".s.PGSQL.{self.port}").exists, self.process)
        wait_for(self.name, self.is_ready, self.process)
        for statement in self.schema.split(";"):
            if statement.strip():
                run("psql", "-h", self.dir, "-p", str(self.port), "-U", "postgres", "-qc",
                    statement)

    def is_ready(self):
        return subprocess.run([self.bin / "pg_isready", "-q", "-h", self.dir, "-p",
                               str(self.port)], check=False).returncode == 0

    def stop(self):
        pid = self.dir / "data/postmaster.pid"
        if self.process and self.process.poll() is None and pid.exists():
            os.kill(int(pid.read_text().split()[0]), signal.SIGINT)
            self.process.wait(30)

    def measure(self, work, shape, seconds):
        clients = shape[0] * shape[1]
        script, logs = self.dir / f"{work}.sql", self.dir / "lat"
        script.write_text("\n".join(" ".join(line.split()) for line in
                                    (self.scripts[work] % FIGURES).splitlines()))
        script.chmod(0o644)
        text = script.read_text().split("\n", 1)
        script.write_text(text[0] + "\n" + " ".join(text[1].split()).replace("; ", ";\n") + "\n")
        for old in self.dir.glob("lat.*"):
            old.unlink()
        before = self.cpu()
        run("pgbench", "-h", self.dir, "-p", str(self.port), "-U", "postgres", "-n", "-f", script,
            "-c", str(clients), "-j", str(min(2, clients)), "-M", "prepared", "-T",
            str(max(1, round(seconds))), "-l", f"--log-prefix={logs}", "postgres")
        cpu = self.cpu() - before
        times = sorted(int(line.split()[2]) for log in self.dir.glob("lat.*")
                       for line in log.read_text().splitlines())
        return {"rate": len(times) / max(1, round(seconds)), "answers": len(times),
                "p50_us": times[len(times) // 2], "p99_us": times[len(times) * 99 // 100],
                "server_cpu_us": cpu * 1e6 / len(times)}
