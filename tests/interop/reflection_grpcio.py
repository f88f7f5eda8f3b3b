#!/usr/bin/python3
"""A client that knows nothing but an address: it asks the server for its services and types
(reflection v1 and v1alpha), builds the messages from the answers, and uses the register.

Only the reflection protocol itself is known beforehand. No .proto of ours is read."""
import os
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
import harness  # noqa: E402
from harness import pb  # noqa: E402

SERVICES = {"provost.v1.RegisterService", "provost.v1.ChangeLogService",
            "provost.v1.PerformanceService", "provost.v1.AdminService", "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}


class Reflected:
    """Messages and methods of a server, as it describes them."""

    def __init__(self, target, version):
        self.channel = grpc.insecure_channel(target, options=[("grpc.enable_http_proxy", 0)])
        module = pb.reflection if version == "v1" else pb.reflection_alpha
        self.request = module.ServerReflectionRequest
        self.info = self.channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            self.request.SerializeToString, module.ServerReflectionResponse.FromString)
        self.files = {}

    def ask(self, **fields):
        answer, = self.info(iter([self.request(**fields)]), timeout=30)
        return answer

    def services(self):
        return {s.name for s in self.ask(list_services="").list_services_response.service}

    def load(self, symbol):
        answer = self.ask(file_containing_symbol=symbol)
        self.take(answer.file_descriptor_response.file_descriptor_proto)
        while True:  # whatever did not come along
            known = set(self.files)
            missing = {d for f in self.files.values() for d in f.dependency} - known
            if not missing:
                return
            for name in missing:
                answer = self.ask(file_by_filename=name)
                self.take(answer.file_descriptor_response.file_descriptor_proto)

    def take(self, raws):
        assert raws
        for raw in raws:
            file = descriptor_pb2.FileDescriptorProto.FromString(raw)
            self.files[file.name] = file

    def build(self):
        self.pool = descriptor_pool.DescriptorPool()
        done = set()
        while len(done) < len(self.files):
            for name, file in self.files.items():
                if name not in done and set(file.dependency) <= done:
                    self.pool.Add(file)
                    done.add(name)
        self.factory = message_factory.MessageFactory(self.pool)

    def call(self, service, method, request):
        """Proto3 JSON in, proto3 JSON out."""
        found = self.pool.FindServiceByName(service).FindMethodByName(method)
        make = self.factory.GetPrototype
        message = json_format.ParseDict(request, make(found.input_type)(), False, self.pool)
        stub = self.channel.unary_unary(f"/{service}/{method}", lambda m: m.SerializeToString(),
                                        make(found.output_type).FromString)
        return json_format.MessageToDict(stub(message, timeout=30), descriptor_pool=self.pool)


class Reflection(harness.RegisterTest):
    @classmethod
    def prepare(cls):
        cls.daemon.provost("import", harness.DUNDEE)

    def use(self, version, tcp):
        client = Reflected(self.daemon.tcp if tcp else self.daemon.unix, version)
        self.assertEqual(client.services(), SERVICES)
        for service in client.services():
            if service.startswith("provost."):
                client.load(service)
        client.build()
        card = client.call("provost.v1.PerformanceService", "GetScorecard",
                           {"scope": "plans/cex-2021-24", "period": "2020-21"})
        self.assertEqual(card["counts"], {"ok": 3, "warning": 2, "alert": 3, "noTarget": 1,
                                          "unknown": 5})
        title = f"By reflection {version} {tcp}"
        done = client.call("provost.v1.RegisterService", "Apply", {
            "mutations": [{"patch": {"resource": {"name": "plans/by-reflection",
                                                  "plan": {"title": title}},
                                     "updateMask": "title", "allowMissing": True}}],
            "reason": "reflection"})
        self.assertEqual(done["results"][0]["resource"]["plan"]["title"], title)
        log = client.call("provost.v1.ChangeLogService", "GetChange", {"changeSeq": done["seq"]})
        self.assertEqual(log["change"]["reason"], "reflection")
        client.channel.close()

    def test_v1(self):
        self.use("v1", False)
        self.use("v1", True)

    def test_v1alpha(self):
        self.use("v1alpha", False)
        self.use("v1alpha", True)

    def test_every_kind_of_question(self):
        for version in ("v1", "v1alpha"):
            client = Reflected(self.daemon.unix, version)
            for symbol in ("provost.v1.Resource", "provost.v1.RegisterService",
                           "provost.v1.RegisterService.Apply", "provost.v1.RagStatus",
                           "provost.v1.ConflictDetail", "google.rpc.ErrorInfo",
                           "google.protobuf.Timestamp", "grpc.health.v1.Health"):
                answer = client.ask(file_containing_symbol=symbol, host="h")
                self.assertTrue(answer.file_descriptor_response.file_descriptor_proto, symbol)
                self.assertEqual(answer.original_request.file_containing_symbol, symbol)
                self.assertEqual(answer.valid_host, "h")
            answer = client.ask(file_by_filename="provost/v1/register.proto")
            self.assertTrue(answer.file_descriptor_response.file_descriptor_proto)
            for wrong in ({"file_by_filename": "none.proto"},
                          {"file_containing_symbol": "provost.v1.None"},
                          {"file_containing_symbol": ""},
                          {"all_extension_numbers_of_type": "provost.v1.None"}):
                answer = client.ask(**wrong)
                self.assertEqual(answer.error_response.error_code,
                                 grpc.StatusCode.NOT_FOUND.value[0], wrong)
                self.assertTrue(answer.error_response.error_message)
            client.channel.close()

    def test_many_questions_on_one_stream(self):
        client = Reflected(self.daemon.tcp, "v1")
        questions = [client.request(list_services=str(n)) for n in range(200)]
        answers = list(client.info(iter(questions), timeout=60))
        self.assertEqual([a.original_request.list_services for a in answers],
                         [str(n) for n in range(200)])
        client.channel.close()


if __name__ == "__main__":
    harness.main()
