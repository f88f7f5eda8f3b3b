"""A daemon behind TLS, certificates for it, and who may do what there: for tests of access."""
import atexit
import os
import re
import shutil
import subprocess
import tempfile
import time

import grpc

import harness
from harness import create, pb, submission

PEOPLE = ("viewer", "contributor", "approver", "auditor", "admin")


class Authority:
    """A certificate authority in a directory."""

    def __init__(self, directory, name="ca"):
        self.dir, self.name = directory, name
        os.makedirs(directory, exist_ok=True)
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "30",
                     "-subj", f"/CN={name}")

    def openssl(self, *args):
        subprocess.run(["openssl", *args], cwd=self.dir, check=True, capture_output=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def issue(self, name, names, days=30):
        """name.pem and name.key; days below 0: it has expired."""
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        with open(self.path(f"{name}.ext"), "w") as file:
            file.write(f"subjectAltName={names}\n")
        if days >= 0:
            self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{self.name}.pem", "-CAkey",
                         f"{self.name}.key", "-CAcreateserial", "-days", str(days), "-extfile",
                         f"{name}.ext", "-out", f"{name}.pem")
            return
        with open(self.path("index.txt"), "w"), open(self.path("serial"), "w") as serial:
            serial.write("77\n")
        with open(self.path("ca.cnf"), "w") as file:
            file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\n"
                       "new_certs_dir=.\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        self.openssl("ca", "-batch", "-config", "ca.cnf", "-in", f"{name}.csr", "-cert",
                     f"{self.name}.pem", "-keyfile", f"{self.name}.key", "-startdate",
                     "20200101000000Z", "-enddate", "20200201000000Z", "-extfile", f"{name}.ext",
                     "-out", f"{name}.pem", "-notext")

    def write_crl(self, revoked=(), arguments=("-crldays", "30")):
        """crl.pem of all that was revoked until now and of these; written whole, as a tool would."""
        if not os.path.exists(self.path("crl.cnf")):
            with open(self.path("crl.txt"), "w"), open(self.path("crl.cnf"), "w") as file:
                file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=crl.txt\ndefault_md=sha256\n")
        keys = ["-config", "crl.cnf", "-cert", f"{self.name}.pem", "-keyfile", f"{self.name}.key"]
        for name in revoked:
            self.openssl("ca", *keys, "-revoke", f"{name}.pem")
        self.openssl("ca", *keys, "-gencrl", *arguments, "-out", "crl.new")
        os.rename(self.path("crl.new"), self.path("crl.pem"))
        return self.path("crl.pem")


def settings(text):
    """Arguments for a daemon with these settings; the file goes with the process."""
    directory = tempfile.mkdtemp(prefix="provost-settings-")
    atexit.register(shutil.rmtree, directory, True)
    path = os.path.join(directory, "provostd.conf")
    with open(path, "w") as file:
        file.write(text)
    return ["--config", path]


def tls_port(daemon):
    """Told once the daemon listens, which a client may notice before we have read it."""
    until = time.monotonic() + 20
    while True:
        found = re.search(r"tls:127\.0\.0\.1:(\d+)", daemon.text())
        if found:
            return found.group(1)
        assert time.monotonic() < until, daemon.text()
        time.sleep(0.01)


class Secure:
    """A daemon on TLS with a council, two departments and what each has."""

    def __init__(self, args=(), crl=False):
        self.daemon = harness.Daemon()
        self.ca = Authority(os.path.join(self.daemon.dir, "pki"))
        self.ca.issue("server", "DNS:localhost,IP:127.0.0.1")
        self.daemon.args = ["--listen", "tls:127.0.0.1:0", "--tls-cert", self.ca.path("server.pem"),
                            "--tls-key", self.ca.path("server.key"), "--tls-client-ca",
                            self.ca.path("ca.pem"), *args]
        if crl:
            self.daemon.args += ["--tls-client-crl", self.ca.write_crl()]
        self.daemon.start()
        self.port = tls_port(self.daemon)
        self.target = f"localhost:{self.port}"
        self.admin = self.daemon.api()
        self.channels = []
        self.fill()

    def fill(self):
        made = [create("organisations/council", title="Council")]
        for org in ("own", "foreign"):
            made += [create(f"organisations/{org}", title=org, parent="organisations/council"),
                     create(f"organisations/{org}-team", title="t", parent=f"organisations/{org}"),
                     create(f"plans/{org}", title="P", owner=f"organisations/{org}",
                            period="2021-24"),
                     create(f"indicators/{org}", title="I", owner=f"organisations/{org}-team"),
                     create(f"indicators/{org}-secret", title="Secret", code="SEC",
                            owner=f"organisations/{org}",
                            visibility=pb.resources.VISIBILITY_INTERNAL)]
        self.admin.apply(made)
        self.admin.submit([submission(f"{org}{kind}", "2021-22.q1", "5")
                           for org in ("own", "foreign") for kind in ("", "-secret")])

    def principal(self, name, role=None, organisation="", identities=(), **fields):
        self.admin.admin.SetPrincipal(pb.admin.SetPrincipalRequest(principal=pb.admin.Principal(
            name=name, identities=identities, **fields)), timeout=30)
        if role:
            return self.admin.admin.AddGrant(pb.admin.AddGrantRequest(grant=pb.admin.Grant(
                principal=name, role=role, organisation=organisation)), timeout=30).grant
        return None

    def token(self, principal, **fields):
        return self.admin.admin.CreateToken(pb.admin.CreateTokenRequest(token=pb.admin.Token(
            principal=principal, **fields)), timeout=30)

    def api(self, secret=None, cert=None, ca=None, metadata=()):
        read = (ca or self.ca).read
        pair = (read(f"{cert}.key"), read(f"{cert}.pem")) if cert else (None, None)
        credentials = grpc.ssl_channel_credentials(self.ca.read("ca.pem"), *pair)
        api = harness.Api.__new__(harness.Api)
        api.channel = grpc.secure_channel(self.target, credentials,
                                          options=[("grpc.enable_http_proxy", 0)])
        self.channels.append(api.channel)
        api.metadata = list(metadata)
        if secret:
            api.metadata.append(("authorization", f"Bearer {secret}"))
        api.register = pb.register_grpc.RegisterServiceStub(api.channel)
        api.log = pb.change_log_grpc.ChangeLogServiceStub(api.channel)
        api.performance = pb.performance_grpc.PerformanceServiceStub(api.channel)
        api.admin = pb.admin_grpc.AdminServiceStub(api.channel)
        api.health = pb.health_grpc.HealthStub(api.channel)
        return api

    def provost(self, *args, **kwargs):
        kwargs.setdefault("env", {})["XDG_CONFIG_HOME"] = os.path.join(self.daemon.dir, "config")
        return harness.provost(*args, server=kwargs.pop("server", self.target), **kwargs)

    def finish(self):
        for channel in self.channels:
            channel.close()
        self.admin.close()
        return self.daemon.finish()
