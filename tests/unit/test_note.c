/* Signed notes and checkpoints: whatever is changed in one shows. */
#include "common/note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static const char text[] = "provost.example/register\n7\nAAAA\n";

static void keys_come_back_from_their_texts(void **state)
{
    (void)state;
    struct note_key key, signer, verifier;
    assert_true(note_key_new("provost.example/register", &key));
    assert_null(note_key_parse(note_signer_text(&key, &arena), &signer));
    assert_null(note_key_parse(note_verifier_text(&key, &arena), &verifier));
    assert_true(signer.has_seed);
    assert_false(verifier.has_seed);
    assert_int_equal(signer.id, key.id);
    assert_memory_equal(verifier.public_key, key.public_key, 32);
}

static void broken_keys_are_refused(void **state)
{
    (void)state;
    struct note_key key, other;
    assert_true(note_key_new("n", &key));
    char *good = note_verifier_text(&key, &arena);
    for (size_t i = 0; i < strlen(good); i++) {
        char *bad = arena_strdup(&arena, good);
        bad[i] = bad[i] == 'b' ? 'c' : 'b';
        if (strcmp(bad, good) != 0) assert_non_null(note_key_parse(bad, &other));
    }
    assert_non_null(note_key_parse("", &other));
    assert_non_null(note_key_parse("n+00000000+", &other));
    assert_false(note_key_new("two words", &other));
    assert_false(note_key_new("", &other));
}

static void a_signed_note_verifies_and_any_change_shows(void **state)
{
    (void)state;
    struct note_key key;
    char *signed_text;
    assert_true(note_key_new("provost.example/register", &key));
    char *note = note_sign(text, &key, &arena);
    assert_null(note_verify(note, &key, &arena, &signed_text));
    assert_string_equal(signed_text, text);
    for (size_t i = 0; i < strlen(note) - 1; i++) {
        char *bad = arena_strdup(&arena, note);
        bad[i] = bad[i] == 'x' ? 'y' : 'x';
        assert_non_null(note_verify(bad, &key, &arena, &signed_text));
    }
}

static void other_peoples_signatures_do_not_matter(void **state)
{
    (void)state;
    struct note_key key, witness, stranger;
    char *signed_text;
    assert_true(note_key_new("a", &key));
    assert_true(note_key_new("w", &witness));
    assert_true(note_key_new("a", &stranger));
    char *note = note_add_signature(note_sign(text, &key, &arena), &witness, &arena);
    assert_null(note_verify(note, &key, &arena, &signed_text));
    assert_null(note_verify(note, &witness, &arena, &signed_text));
    assert_non_null(note_verify(note, &stranger, &arena, &signed_text));
}

static void what_is_no_note_is_refused(void **state)
{
    (void)state;
    struct note_key key;
    char *out;
    assert_true(note_key_new("a", &key));
    static const char *const bad[] = {
        "", "\n", "\n\n", "text\n", "text\n\n", "text\n\nno dash\n", "text\n\n\xe2\x80\x94 a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(note_verify(bad[i], &key, &arena, &out));
    assert_null(note_sign("no line end", &key, &arena));
}

static void checkpoints_come_back_from_their_text(void **state)
{
    (void)state;
    struct checkpoint one = {.origin = "provost.example/register", .size = 123456}, two;
    memset(one.root, 0xab, sizeof one.root);
    assert_null(checkpoint_parse(checkpoint_text(&one, &arena), &two));
    assert_string_equal(two.origin, one.origin);
    assert_int_equal(two.size, one.size);
    assert_memory_equal(two.root, one.root, 32);
    static const char *const bad[] = {"",
                                      "o\n",
                                      "o\n1\n",
                                      "o\n-1\nAAAA\n",
                                      "o\n01\nAAAA\n",
                                      "o\n1\nAAAA\n",
                                      "\n1\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n",
                                      "o\n1\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
                                      "o\n1\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(checkpoint_parse(bad[i], &two));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_come_back_from_their_texts),
        cmocka_unit_test(broken_keys_are_refused),
        cmocka_unit_test(a_signed_note_verifies_and_any_change_shows),
        cmocka_unit_test(other_peoples_signatures_do_not_matter),
        cmocka_unit_test(what_is_no_note_is_refused),
        cmocka_unit_test(checkpoints_come_back_from_their_text),
    };
    return cmocka_run_group_tests_name("note", tests, setup, teardown);
}
