#!/usr/bin/python3
"""Every role, on the own organisation and on the whole register, against every method, about what is
one's own and what is foreign. The methods come from the .proto: one without a row fails."""
import unittest

import grpc

import harness
import secure
from harness import create, pb, submission

DENIED = (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED)
ROLES = secure.PEOPLE

# Who may: (with the role on the own organisation: own, foreign; with it on the whole register).
EVERYONE = {"": (set(ROLES), set(ROLES), set(ROLES)), "nobody": True}
SIGNED_IN = {"": (set(ROLES), set(ROLES), set(ROLES)), "nobody": False}
READ = SIGNED_IN
REPORT = {"": ({"contributor", "approver", "admin"}, set(), {"contributor", "approver", "admin"}),
          "nobody": False}
DEFINE = {"": ({"approver", "admin"}, set(), {"approver", "admin"}), "nobody": False}
AUDIT = {"": (set(), set(), {"auditor", "admin"}), "nobody": False}
ADMIN = {"": (set(), set(), {"admin"}), "nobody": False}
NOBODY = {"": (set(), set(), set()), "nobody": False}

R, L, P, A = (pb.register, pb.change_log, pb.performance, pb.admin)


def one(request):
    return lambda org: [request]


def import_rows(org):
    return [R.ImportObservationsRequest(header=R.ImportHeader(import_id="m", validate_only=True)),
            R.ImportObservationsRequest(row=R.ImportRow(
                key="k", submission=submission(org, "2021-22.q2", "7")))]


def apply_parts(org):
    return [R.ApplyStreamRequest(header=R.ApplyStreamHeader(validate_only=True)),
            R.ApplyStreamRequest(mutations=R.ApplyStreamPart(mutations=[
                create(f"actions/x-{org}", title="A", plan=f"plans/{org}")]))]


def note_request(org):
    mutation = R.Mutation()
    mutation.create.note.subject = f"indicators/{org}"
    mutation.create.note.text = "N"
    return [R.ApplyRequest(validate_only=True, mutations=[mutation])]


ROWS = [
    ("RegisterService/GetResource", READ,
     lambda org: [R.GetResourceRequest(name=f"indicators/{org}")]),
    ("RegisterService/BatchGetResources", READ,
     lambda org: [R.BatchGetResourcesRequest(names=[f"observations/{org}/2021-22.q1"])]),
    ("RegisterService/ListResources", READ,
     lambda org: [R.ListResourcesRequest(collection=f"observations/{org}")]),
    ("RegisterService/Apply", DEFINE, lambda org: [R.ApplyRequest(
        validate_only=True, mutations=[create(f"indicators/x-{org}", title="X",
                                              owner=f"organisations/{org}")])]),
    ("RegisterService/Apply", DEFINE, lambda org: [R.ApplyRequest(
        validate_only=True, mutations=[harness.patch(f"indicators/{org}", title="Y")])]),
    ("RegisterService/Apply", DEFINE, lambda org: [R.ApplyRequest(
        validate_only=True, mutations=[harness.delete(f"plans/{org}")])]),
    ("RegisterService/Apply", REPORT, note_request),
    ("RegisterService/Apply", REPORT, lambda org: [R.ApplyRequest(
        validate_only=True, mutations=[harness.delete(f"observations/{org}/2021-22.q1")])]),
    ("RegisterService/ApplyStream", DEFINE, apply_parts),
    ("RegisterService/SubmitObservations", REPORT, lambda org: [R.SubmitObservationsRequest(
        validate_only=True, submissions=[submission(org, "2021-22.q2", "7")])]),
    ("RegisterService/SubmitObservations", REPORT, lambda org: [R.SubmitObservationsRequest(
        validate_only=True, submissions=[submission(org, "2021-22.q1", "5")])]),
    ("RegisterService/ImportObservations", REPORT, import_rows),
    ("ChangeLogService/ListChanges", READ,
     lambda org: [L.ListChangesRequest(resource=f"indicators/{org}")]),
    ("ChangeLogService/GetChange", READ, one(L.GetChangeRequest(change_seq=1))),
    ("ChangeLogService/WatchChanges", READ, one(L.WatchChangesRequest(from_seq=1))),
    ("ChangeLogService/GetCheckpoint", READ, one(L.GetCheckpointRequest())),
    ("ChangeLogService/GetInclusionProof", READ, one(L.GetInclusionProofRequest(change_seq=1))),
    ("ChangeLogService/GetConsistencyProof", READ, one(L.GetConsistencyProofRequest(old_size=1))),
    ("ChangeLogService/VerifyLog", AUDIT, one(L.VerifyLogRequest())),
    ("ChangeLogService/ExportLog", AUDIT, one(L.ExportLogRequest())),
    ("ChangeLogService/RedactChange", ADMIN, one(L.RedactChangeRequest())),
    ("PerformanceService/GetScorecard", READ,
     lambda org: [P.GetScorecardRequest(scope=f"plans/{org}", period="2021-22")]),
    ("PerformanceService/GetIndicatorSeries", READ,
     lambda org: [P.GetIndicatorSeriesRequest(indicator=f"indicators/{org}")]),
    ("PerformanceService/GetProgress", READ,
     lambda org: [P.GetProgressRequest(scope=f"plans/{org}")]),
    ("PerformanceService/ListDue", READ, one(P.ListDueRequest())),
    ("PerformanceService/GetRiskMatrix", READ, one(P.GetRiskMatrixRequest())),
    ("PerformanceService/CheckPlan", READ,
     lambda org: [P.CheckPlanRequest(plan=f"plans/{org}")]),
    ("PerformanceService/GetTree", READ, lambda org: [P.GetTreeRequest()]),
    ("AdminService/GetStatus", READ, one(A.GetStatusRequest())),
    ("AdminService/Backup", ADMIN, one(A.BackupRequest(name="../no"))),
    ("AdminService/CheckIntegrity", AUDIT, one(A.CheckIntegrityRequest())),
    ("AdminService/SetReadOnly", ADMIN, one(A.SetReadOnlyRequest(read_only=False))),
    ("AdminService/RotateLogKey", ADMIN, one(A.RotateLogKeyRequest())),
    ("AdminService/GetCaller", SIGNED_IN, one(A.GetCallerRequest())),
    ("AdminService/RedeemToken", NOBODY, one(A.RedeemTokenRequest())),
    ("AdminService/CreateToken", ADMIN,
     one(A.CreateTokenRequest(token=A.Token(principal="nobody-there")))),
    ("AdminService/ListTokens", SIGNED_IN, one(A.ListTokensRequest())),
    ("AdminService/RevokeToken", SIGNED_IN, one(A.RevokeTokenRequest(id="none"))),
    ("AdminService/SetPrincipal", ADMIN, one(A.SetPrincipalRequest())),
    ("AdminService/ListPrincipals", AUDIT, one(A.ListPrincipalsRequest())),
    ("AdminService/AddGrant", ADMIN, one(A.AddGrantRequest())),
    ("AdminService/RemoveGrant", ADMIN, one(A.RemoveGrantRequest(id="none"))),
    ("AdminService/ListGrants", AUDIT, one(A.ListGrantsRequest())),
    ("Health/Check", EVERYONE, one(pb.health.HealthCheckRequest())),
    ("Health/Watch", EVERYONE, one(pb.health.HealthCheckRequest())),
    ("ServerReflection/ServerReflectionInfo", READ,
     one(pb.reflection.ServerReflectionRequest(list_services=""))),
]


def methods():
    """Short name to (path, method) of everything the daemon serves."""
    found = {}
    for module in (R, L, P, A, pb.health, pb.reflection):
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                found[f"{service.name}/{method.name}"] = (
                    f"/{service.full_name}/{method.name}", method)
    return found


def streams(method):
    """protobuf's python does not say which; the stubs' own descriptors do."""
    proto = method.containing_service.file.serialized_pb
    from google.protobuf import descriptor_pb2
    file = descriptor_pb2.FileDescriptorProto.FromString(proto)
    for service in file.service:
        for each in service.method:
            if service.name == method.containing_service.name and each.name == method.name:
                return each.client_streaming, each.server_streaming
    raise AssertionError(method.full_name)


class Matrix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.secure = secure.Secure(secure.settings("[limits]\nrefusals_per_second = 0\n"))
        cls.callers = {("nobody", ""): cls.secure.api()}
        for role in ROLES:
            for where, organisation in (("own", "organisations/own"), ("all", "")):
                name = f"{role}-{where}"
                cls.secure.principal(name, f"ROLE_{role.upper()}", organisation)
                cls.callers[role, where] = cls.secure.api(cls.secure.token(name).secret)

    @classmethod
    def tearDownClass(cls):
        cls.secure.finish()

    def is_denied(self, api, path, method, requests):
        client, server = streams(method)
        kind = ("stream" if client else "unary") + "_" + ("stream" if server else "unary")
        stub = getattr(api.channel, kind)(
            path, request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=lambda raw: raw)
        argument = iter(requests) if client else requests[0]
        try:
            if server:
                stream = stub(argument, timeout=60, metadata=api.metadata)
                answer = next(iter(stream), b"")
                stream.cancel()
            else:
                answer = stub(argument, timeout=60, metadata=api.metadata)
        except grpc.RpcError as error:
            return error.code() in DENIED
        return b"PERMISSION_DENIED" in answer

    def test_every_method_has_a_row(self):
        self.assertEqual({name for name, _, _ in ROWS}, set(methods()))

    def test_every_cell(self):
        wrong, cells = [], 0
        known = methods()
        for name, rule, make in ROWS:
            path, method = known[name]
            own, foreign, everywhere = rule[""]
            for (role, where), api in self.callers.items():
                for about, allowed in (("own", own if where == "own" else everywhere),
                                       ("foreign", foreign if where == "own" else everywhere)):
                    want = rule["nobody"] if role == "nobody" else role in allowed
                    denied = self.is_denied(api, path, method, make(about))
                    cells += 1
                    if denied == want:
                        wrong.append(f"{name}: {role} {where}, about {about}: "
                                     f"{'denied' if denied else 'let in'}")
        print(f"{cells} cells", end=" ")
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    harness.main()
