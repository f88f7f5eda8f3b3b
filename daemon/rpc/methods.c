#include "rpc/methods.h"

#include "rpc/apply_stream.h"
#include "rpc/export_log.h"
#include "rpc/health.h"
#include "rpc/import.h"
#include "rpc/reflection.h"
#include "rpc/watch.h"
#include "service/access_grants.h"
#include "service/access_lists.h"
#include "service/access_tokens.h"
#include "service/admin.h"
#include "service/admin_backup.h"
#include "service/change_log.h"
#include "service/performance.h"
#include "service/proof.h"
#include "service/redact.h"
#include "service/register.h"
#include "service/submit.h"
#include "service/verify_log.h"

#include <grpc/health/v1/health.pb-c.h>
#include <grpc/reflection/v1/reflection.pb-c.h>
#include <provost/v1/admin.pb-c.h>
#include <provost/v1/change_log.pb-c.h>
#include <provost/v1/performance.pb-c.h>
#include <provost/v1/register.pb-c.h>

/* A row's path and its two message types. */
#define PROVOST(service, name, type)                                                           \
    .path = "/provost.v1." service "/" name,                                                   \
    .input = &provost__v1__##type##_request__descriptor,                                       \
    .output = &provost__v1__##type##_response__descriptor
#define REGISTER(name, type) PROVOST("RegisterService", name, type)
#define CHANGE_LOG(name, type) PROVOST("ChangeLogService", name, type)
#define PERFORMANCE(name, type) PROVOST("PerformanceService", name, type)
#define ADMIN(name, type) PROVOST("AdminService", name, type)
#define HEALTH(name)                                                                           \
    .path = "/grpc.health.v1.Health/" name,                                                    \
    .input = &grpc__health__v1__health_check_request__descriptor,                              \
    .output = &grpc__health__v1__health_check_response__descriptor
/* Both versions with v1's types: on the wire they are the same. */
#define REFLECTION(version)                                                                    \
    .path = "/grpc.reflection." version ".ServerReflection/ServerReflectionInfo",              \
    .input = &grpc__reflection__v1__server_reflection_request__descriptor,                     \
    .output = &grpc__reflection__v1__server_reflection_response__descriptor

/* clang-format off */
const struct method method_table[] = {
    {REGISTER("GetResource", get_resource),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = register_get_resource},
    {REGISTER("BatchGetResources", batch_get_resources),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = register_batch_get_resources},
    {REGISTER("ListResources", list_resources),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = register_list_resources},
    {REGISTER("Apply", apply),
     .kind = METHOD_WRITE, .min_role = ROLE_CONTRIBUTOR, .handler = register_apply},
    {REGISTER("SubmitObservations", submit_observations),
     .kind = METHOD_WRITE, .min_role = ROLE_CONTRIBUTOR, .handler = register_submit_observations,
     .repeatable = true},
    {REGISTER("ImportObservations", import_observations), .client_streams = true,
     .kind = METHOD_LOCAL, .min_role = ROLE_CONTRIBUTOR, .stream = &import_ops},
    {REGISTER("ApplyStream", apply_stream), .client_streams = true, .server_streams = true,
     .kind = METHOD_LOCAL, .min_role = ROLE_CONTRIBUTOR, .stream = &apply_stream_ops},

    {CHANGE_LOG("ListChanges", list_changes),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = change_log_list_changes},
    {CHANGE_LOG("GetChange", get_change),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = change_log_get_change},
    {CHANGE_LOG("WatchChanges", watch_changes), .server_streams = true,
     .kind = METHOD_LOCAL, .min_role = ROLE_VIEWER, .stream = &watch_ops},
    {CHANGE_LOG("GetCheckpoint", get_checkpoint),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = change_log_get_checkpoint},
    {CHANGE_LOG("GetInclusionProof", get_inclusion_proof),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = change_log_get_inclusion_proof},
    {CHANGE_LOG("GetConsistencyProof", get_consistency_proof),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = change_log_get_consistency_proof},
    {CHANGE_LOG("VerifyLog", verify_log),
     .kind = METHOD_READ, .min_role = ROLE_AUDITOR, .reach = REACH_REGISTER, .handler = change_log_verify_log},
    {CHANGE_LOG("ExportLog", export_log), .server_streams = true,
     .kind = METHOD_LOCAL, .min_role = ROLE_AUDITOR, .reach = REACH_REGISTER, .stream = &export_log_ops},
    {CHANGE_LOG("RedactChange", redact_change),
     .kind = METHOD_WRITE, .min_role = ROLE_ADMIN, .reach = REACH_REGISTER, .handler = change_log_redact_change},

    {PERFORMANCE("GetScorecard", get_scorecard),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = performance_get_scorecard},
    {PERFORMANCE("GetIndicatorSeries", get_indicator_series),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = performance_get_indicator_series},
    {PERFORMANCE("GetProgress", get_progress),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = performance_get_progress},
    {PERFORMANCE("ListDue", list_due),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = performance_list_due},
    {PERFORMANCE("GetRiskMatrix", get_risk_matrix),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = performance_get_risk_matrix},
    {PERFORMANCE("CheckPlan", check_plan),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = performance_check_plan},
    {PERFORMANCE("GetTree", get_tree),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = performance_get_tree},

    {ADMIN("GetStatus", get_status),
     .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = admin_get_status},
    {ADMIN("Backup", backup),
     .kind = METHOD_CHORE, .min_role = ROLE_ADMIN, .reach = REACH_REGISTER, .handler = admin_backup},
    {ADMIN("CheckIntegrity", check_integrity),
     .kind = METHOD_READ, .min_role = ROLE_AUDITOR, .reach = REACH_REGISTER, .handler = admin_check_integrity},
    {ADMIN("SetReadOnly", set_read_only),
     .kind = METHOD_WRITE, .min_role = ROLE_ADMIN, .reach = REACH_REGISTER, .handler = admin_set_read_only},
    {ADMIN("RotateLogKey", rotate_log_key),
     .kind = METHOD_WRITE, .min_role = ROLE_ADMIN, .reach = REACH_REGISTER, .handler = admin_rotate_log_key},
    {ADMIN("GetCaller", get_caller),
     .kind = METHOD_READ, .min_role = ROLE_SIGNED_IN, .handler = access_get_caller},
    {ADMIN("RedeemToken", redeem_token),
     .kind = METHOD_WRITE, .min_role = ROLE_REDEEMER, .handler = access_redeem_token},
    {ADMIN("CreateToken", create_token),
     .kind = METHOD_WRITE, .min_role = ROLE_SIGNED_IN, .handler = access_create_token},
    {ADMIN("ListTokens", list_tokens),
     .kind = METHOD_READ, .min_role = ROLE_SIGNED_IN, .handler = access_list_tokens},
    {ADMIN("RevokeToken", revoke_token),
     .kind = METHOD_WRITE, .min_role = ROLE_SIGNED_IN, .handler = access_revoke_token},
    {ADMIN("SetPrincipal", set_principal), .reach = REACH_REGISTER,
     .kind = METHOD_WRITE, .min_role = ROLE_ADMIN, .handler = access_set_principal},
    {ADMIN("ListPrincipals", list_principals), .reach = REACH_REGISTER,
     .kind = METHOD_READ, .min_role = ROLE_AUDITOR, .handler = access_list_principals},
    {ADMIN("AddGrant", add_grant), .reach = REACH_REGISTER,
     .kind = METHOD_WRITE, .min_role = ROLE_ADMIN, .handler = access_add_grant},
    {ADMIN("RemoveGrant", remove_grant), .reach = REACH_REGISTER,
     .kind = METHOD_WRITE, .min_role = ROLE_ADMIN, .handler = access_remove_grant},
    {ADMIN("ListGrants", list_grants), .reach = REACH_REGISTER,
     .kind = METHOD_READ, .min_role = ROLE_AUDITOR, .handler = access_list_grants},

    {HEALTH("Check"),
     .kind = METHOD_LOCAL, .min_role = ROLE_ANYONE, .stream = &health_check_ops},
    {HEALTH("Watch"), .server_streams = true,
     .kind = METHOD_LOCAL, .min_role = ROLE_ANYONE, .stream = &health_watch_ops},
    {REFLECTION("v1"), .client_streams = true, .server_streams = true,
     .kind = METHOD_LOCAL, .min_role = ROLE_VIEWER, .stream = &reflection_ops},
    {REFLECTION("v1alpha"), .client_streams = true, .server_streams = true,
     .kind = METHOD_LOCAL, .min_role = ROLE_VIEWER, .stream = &reflection_ops},
};
/* clang-format on */

const size_t method_table_count = sizeof method_table / sizeof method_table[0];

const ProtobufCServiceDescriptor *const method_services[] = {
    &provost__v1__register_service__descriptor,
    &provost__v1__change_log_service__descriptor,
    &provost__v1__performance_service__descriptor,
    &provost__v1__admin_service__descriptor,
    &grpc__health__v1__health__descriptor,
    &grpc__reflection__v1__server_reflection__descriptor,
};

const size_t method_services_count = sizeof method_services / sizeof method_services[0];
