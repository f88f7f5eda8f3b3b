/* The load generator of bench/run: one kind of work, closed loop, bodies that differ.
 *
 *   load --server ADDRESS --work NAME [OPTION...]
 *
 * Prints one JSON object: rate and latencies of the good answers, and all that went wrong.
 */
#include "load.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: load --server ADDRESS --work NAME [OPTION...]\n"
    "  --server ADDRESS     unix:PATH or tcp:HOST:PORT\n"
    "  --connections N      (1)\n"
    "  --streams N          requests in flight on each connection (1)\n"
    "  --seconds S          how long to measure (5)\n"
    "  --warmup S           before that (1)\n"
    "  --requests N         stop after N requests instead, without warm-up\n"
    "  --indicators N       in the register (1000)\n"
    "  --first N            number of the first new figure (0)\n"
    "  --run TEXT           makes request ids unique (the process id)\n"
    "  --token-file FILE    bearer token to send\n"
    "works:\n";

static const struct option options[] = {{"server", required_argument, NULL, 's'},
                                        {"work", required_argument, NULL, 'w'},
                                        {"connections", required_argument, NULL, 'c'},
                                        {"streams", required_argument, NULL, 'm'},
                                        {"seconds", required_argument, NULL, 't'},
                                        {"warmup", required_argument, NULL, 'u'},
                                        {"requests", required_argument, NULL, 'n'},
                                        {"indicators", required_argument, NULL, 'i'},
                                        {"first", required_argument, NULL, 'f'},
                                        {"run", required_argument, NULL, 'r'},
                                        {"token-file", required_argument, NULL, 'k'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

/* "Bearer TOKEN", of the first line of the file. */
static const char *read_token(const char *path, struct arena *arena)
{
    char line[4096];
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof line, file)) {
        perror(path);
        exit(2);
    }
    fclose(file);
    line[strcspn(line, "\r\n")] = '\0';
    return arena_printf(arena, "Bearer %s", line);
}

static void show_help(void)
{
    fputs(usage, stdout);
    work_print_all();
    exit(0);
}

static void take_option(struct load *load, int option, struct arena *arena)
{
    const char *wrong = NULL;
    switch (option) {
    case 's':
        wrong = address_parse(optarg, arena, &load->address);
        break;
    case 'w':
        load->work = work_find(optarg);
        if (!load->work) wrong = "there is no such work; see --help";
        break;
    case 'c':
        load->connections = (unsigned)strtoul(optarg, NULL, 10);
        break;
    case 'm':
        load->streams = (unsigned)strtoul(optarg, NULL, 10);
        break;
    case 't':
        load->seconds = strtod(optarg, NULL);
        break;
    case 'u':
        load->warmup_seconds = strtod(optarg, NULL);
        break;
    case 'n':
        load->requests = strtoull(optarg, NULL, 10);
        break;
    case 'i':
        load->scale.indicators = strtoull(optarg, NULL, 10);
        break;
    case 'f':
        load->scale.first = strtoull(optarg, NULL, 10);
        break;
    case 'r':
        load->scale.run = optarg;
        break;
    case 'k':
        load->authorization = read_token(optarg, arena);
        break;
    case 'h':
        show_help();
        break;
    default:
        exit(2);
    }
    if (wrong) {
        fprintf(stderr, "load: \"%s\": %s\n", optarg, wrong);
        exit(2);
    }
}

static void take_options(struct load *load, int argc, char **argv, struct arena *arena)
{
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        take_option(load, option, arena);
    if (load->work && load->address.text && load->connections && load->streams &&
        load->scale.indicators && optind == argc)
        return;
    fputs(usage, stderr);
    exit(2);
}

static void set_times(struct load *load)
{
    uint64_t now_ns = uv_hrtime();
    load->begin_ns = now_ns;
    if (load->requests) return;
    load->begin_ns += (uint64_t)(load->warmup_seconds * 1e9);
    load->end_ns = load->begin_ns + (uint64_t)(load->seconds * 1e9);
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct load load = {.connections = 1,
                        .streams = 1,
                        .seconds = 5,
                        .warmup_seconds = 1,
                        .scale = {.indicators = 1000},
                        .loop = uv_default_loop()};
    arena_init(&arena, 1 << 20);
    signal(SIGPIPE, SIG_IGN);
    load.scale.run = arena_printf(&arena, "%ld", (long)getpid());
    take_options(&load, argc, argv, &arena);
    load.scale.lanes = (uint64_t)load.connections * load.streams;
    set_times(&load);
    if (!load_start(&load)) return 1;
    uv_run(load.loop, UV_RUN_DEFAULT);
    bool fine = load_report(&load);
    arena_release(&arena);
    return fine ? 0 : 1;
}
