/* Many clients that submit at once: each on a connection of its own, each figure once, each
 * request repeated with the same request_id until it is answered.
 *
 *   submit_load SERVER CLIENTS SUBMISSIONS FIRST_CLIENT INDICATORS ACK_FILE [SECONDS]
 *
 * Client c of FIRST_CLIENT.. submits figure number c * SUBMISSIONS + i, of which the indicator,
 * the month and the value follow, so that no two clients share a figure. Every acknowledgement
 * is a line of ACK_FILE, written before the next request: "name seq value client". Exits 0 when
 * every figure was acknowledged, 1 when one was refused or SECONDS (default 300) were over.
 */
#include "client/channel.h"
#include "common/arena.h"
#include "provost/v1/register.pb-c.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char submit_path[] = "/provost.v1.RegisterService/SubmitObservations";

struct plan {
    struct address address;
    int clients, submissions, first_client, indicators;
    FILE *acks;
    bool
        sync_acks; /* PROVOST_LOAD_FSYNC: each acknowledgement is on disk before the next request */
    pthread_mutex_t acks_lock;
    time_t give_up;
    atomic_int failed;
    atomic_long answered, repeated;
};

struct client {
    struct plan *plan;
    int number;
    pthread_t thread;
};

/* One figure: who, when, how much. */
struct figure {
    char indicator[32], period[32], value[32], request_id[48], service[32];
};

static struct figure make_figure(const struct plan *plan, int client, int i)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    struct figure figure;
    int number = client * plan->submissions + i, month = number / plan->indicators;
    snprintf(figure.indicator, sizeof figure.indicator, "load-%d", number % plan->indicators);
    snprintf(figure.period, sizeof figure.period, "%s %d", months[month % 12],
             1950 + month / 12);
    snprintf(figure.value, sizeof figure.value, "%d.%02d", number / 7, number % 100);
    snprintf(figure.request_id, sizeof figure.request_id, "load-%d-%d", client, i);
    snprintf(figure.service, sizeof figure.service, "department-%d", client % 8);
    return figure;
}

struct answer {
    struct arena *arena;
    Provost__V1__SubmitObservationsResponse *response;
};

static bool on_message(void *context, const void *bytes, size_t size)
{
    struct answer *answer = context;
    answer->response = provost__v1__submit_observations_response__unpack(
        arena_allocator(answer->arena), size, bytes);
    return true;
}

static void ack(struct plan *plan, const struct answer *answer, const struct figure *figure,
                int client)
{
    pthread_mutex_lock(&plan->acks_lock);
    fprintf(plan->acks, "%s %lld %s %d\n", answer->response->results[0]->name,
            (long long)answer->response->seq, figure->value, client);
    fflush(plan->acks);
    if (plan->sync_acks) (void)fdatasync(fileno(plan->acks));
    pthread_mutex_unlock(&plan->acks_lock);
    atomic_fetch_add(&plan->answered, 1);
}

static size_t pack_request(const struct figure *figure, struct arena *arena,
                           uint8_t **out_bytes)
{
    Provost__V1__Submission submission = PROVOST__V1__SUBMISSION__INIT;
    Provost__V1__Submission *list[] = {&submission};
    Provost__V1__SubmitObservationsRequest request =
        PROVOST__V1__SUBMIT_OBSERVATIONS_REQUEST__INIT;
    submission.indicator = (char *)figure->indicator;
    submission.period = (char *)figure->period;
    submission.value = (char *)figure->value;
    request.n_submissions = 1;
    request.submissions = list;
    request.request_id = (char *)figure->request_id;
    *out_bytes =
        arena_alloc(arena, provost__v1__submit_observations_request__get_packed_size(&request));
    return provost__v1__submit_observations_request__pack(&request, *out_bytes);
}

/* Repeats one request until it has an answer. False when it was refused or time is over. */
static bool submit(struct client *client, struct channel *channel, const struct figure *figure)
{
    struct plan *plan = client->plan;
    struct channel_metadata metadata = {"provost-service", figure->service};
    bool fine = false, again = true;
    while (again) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        struct answer answer = {.arena = &arena};
        uint8_t *bytes;
        size_t size = pack_request(figure, &arena, &bytes);
        struct channel_call call = {.path = submit_path,
                                    .request = bytes,
                                    .request_bytes = size,
                                    .timeout_ms = 20000,
                                    .metadata = &metadata,
                                    .n_metadata = 1,
                                    .on_message = on_message,
                                    .context = &answer};
        struct channel_reply reply;
        channel_run(channel, &call, &arena, &reply);
        fine = reply.code == GRPC_OK && answer.response && answer.response->n_results == 1;
        if (fine) ack(plan, &answer, figure, client->number);
        again = !fine && (reply.code == GRPC_UNAVAILABLE || reply.code == GRPC_CANCELLED) &&
                time(NULL) < plan->give_up;
        if (!fine && !again)
            fprintf(stderr, "submit_load: %s %s (%s): code %d, %d results: %s\n",
                    figure->indicator, figure->period, figure->request_id, (int)reply.code,
                    answer.response ? (int)answer.response->n_results : -1, reply.message);
        arena_release(&arena);
        if (again) {
            atomic_fetch_add(&plan->repeated, 1);
            usleep(20000);
        }
    }
    return fine;
}

static void *run_client(void *data)
{
    struct client *client = data;
    struct plan *plan = client->plan;
    struct channel *channel = channel_new(&plan->address, NULL);
    for (int i = 0; i < plan->submissions && !atomic_load(&plan->failed); i++) {
        struct figure figure = make_figure(plan, client->number, i);
        if (!submit(client, channel, &figure)) atomic_store(&plan->failed, 1);
    }
    channel_free(channel);
    return NULL;
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void run_all(struct plan *plan)
{
    struct client *clients = xcalloc((size_t)plan->clients, sizeof *clients);
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < plan->clients; i++) {
        clients[i] = (struct client){.plan = plan, .number = plan->first_client + i};
        if (pthread_create(&clients[i].thread, NULL, run_client, &clients[i]) != 0) abort();
    }
    for (int i = 0; i < plan->clients; i++)
        pthread_join(clients[i].thread, NULL);
    double seconds = seconds_since(&start);
    printf("%ld acknowledged in %.2f s (%.0f a second), %ld repeated\n",
           atomic_load(&plan->answered), seconds,
           (double)atomic_load(&plan->answered) / seconds, atomic_load(&plan->repeated));
    free(clients);
}

int main(int argc, char **argv)
{
    static struct plan plan;
    struct arena arena;
    if (argc < 7) {
        fprintf(stderr, "usage: submit_load SERVER CLIENTS SUBMISSIONS FIRST_CLIENT INDICATORS "
                        "ACK_FILE [SECONDS]\n");
        return 2;
    }
    arena_init(&arena, 1 << 20);
    const char *wrong = address_parse(argv[1], &arena, &plan.address);
    plan.clients = (int)strtol(argv[2], NULL, 10);
    plan.submissions = (int)strtol(argv[3], NULL, 10);
    plan.first_client = (int)strtol(argv[4], NULL, 10);
    plan.indicators = (int)strtol(argv[5], NULL, 10);
    plan.acks = fopen(argv[6], "a");
    plan.sync_acks = getenv("PROVOST_LOAD_FSYNC") != NULL;
    plan.give_up = time(NULL) + (argc > 7 ? strtol(argv[7], NULL, 10) : 300);
    if (wrong || plan.clients < 1 || plan.submissions < 1 || plan.indicators < 1 ||
        !plan.acks) {
        fprintf(stderr, "submit_load: %s\n", wrong ? wrong : "wrong arguments");
        return 2;
    }
    pthread_mutex_init(&plan.acks_lock, NULL);
    run_all(&plan);
    fclose(plan.acks);
    arena_release(&arena);
    return atomic_load(&plan.failed);
}
