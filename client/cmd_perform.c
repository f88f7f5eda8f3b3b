/* What the commands for derived figures have in common. */
#include "client/perform.h"
#include "client/say.h"
#include "common/fields.h"

#include <provost/v1/performance.pb-c.h>

enum exit_code perform_call(struct session *session, const char *method,
                            const ProtobufCMessage *request, const char *doing,
                            ProtobufCMessage **out_response)
{
    struct session_call call = {
        .service = &provost__v1__performance_service__descriptor,
        .method = method,
        .request = request,
        .failure.doing = doing,
    };

    return session_run(session, &call, out_response);
}

bool perform_choice(struct session *session, const ProtobufCEnumDescriptor *desc,
                    const char *flag, const char *word, int *out_value)
{
    *out_value = 0;
    if (word == NULL || enum_from_name(desc, word, out_value)) return true;
    say_error("--%s: \"%s\" is not one of %s", flag, word, enum_choices(desc, session->arena));
    return false;
}
