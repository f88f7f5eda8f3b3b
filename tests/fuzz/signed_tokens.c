/* Made once with OpenSSL; the private keys are gone. */
#include "fuzz/signed_tokens.h"

const char signed_tokens_jwks[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\",\"use\":\"sig\",\"alg\":\"RS256\",\"n\":"
    "\"9Fm2elr7M7LI6PInq"
    "v7EAl5biFakXHN3ms5PKN5XtCi2MRgdB9FNO3rsHTbTPLoOa1Mx_nyDgRAO33ePPWHTOwz15my5GQAy7"
    "VDmAfTLzP3HNAYJA4Cl7HBpo8cn9WjdP6UViErQDGUveAwebCrHNjPfOd7uHQURHPR933DWkyi65hqaY"
    "PF8zIJvunN8LNCkcC44Ke59S5GnL99Xsu_GynP4JqfcEXdXmW30iYUxdOYJivn2mSlhmtDDCXjTFSeT9"
    "jZSJJ7VBazJDZz1Njwp4KvXHeBAXeemK9qAFhDc5uFps4VY-ToG8m0M6UAqyxUwpGOigGtdUq12F8kPK"
    "KOUrQ\",\"e\":\"AQAB\"},{\"kty\":\"EC\",\"kid\":\"e\",\"crv\":\"P-256\",\"x\":"
    "\"11ZeAJr7BYvFcKaN2Spw"
    "nwFHeXdITOHH1ZzcxP2LL4g\",\"y\":\"4fqBQHLwDgInrXYJxkhUHb3ojBzlGQzXhFxJdKgAIRU\"}]}";

const struct signed_token signed_tokens[SIGNED_TOKENS] = {
    /* RS256, one audience */
    {"eyJhbGciOiJSUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiO"
     "iJwcm92b3N0Iiwic3ViIjoiYW5uIiwiZXhwIjoxNzAwMDAwNjAwfQ.dJ3A_I2S6az7_DtIZ9eCnK4huh"
     "Vut_LZCc51h50ic-sX_C9yg5YrN9bY_0cQeB4NqfpObjAiuw97tGGkGm_nauAZ9aVYwXOr9XuBjTxfaI"
     "tEx4jkbc67wNPSntdsDPoFFLjz4IhgsAM8_Bbx38Y_q4PDibSvjamcI5MtLzjFD458OZ1_AiEPSlSxaa"
     "36zTYL5Xy9f5fZpi4Vcg6SRAIaWOC6D3mqAkLHyava-rK-rnnCoPHp9EGM0DjQvZpT5EoyE-qoAW4t41"
     "vdHsMwCLINE7WnNbAYFA1IvHUDLC3bGZAqXvV0cnVqcj_KbmXFj2eo3NaeY5PBbThY3aGkKe5b8g",
     true},
    /* ES256, two audiences, typ, nbf and iat */
    {"eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOiJodHRwczovL2lkL"
     "mV4YW1wbGUiLCJhdWQiOlsib3RoZXIiLCJwcm92b3N0Il0sInN1YiI6ImFubiIsImV4cCI6MTcwMDAwM"
     "DYwMCwibmJmIjoxNzAwMDAwMDAwLCJpYXQiOjE2OTk5OTkwMDB9.wvUBQRCDMt-OfYnlqEPNSlC_Vp1H"
     "ThTR-WmCdcL6K3I4K5wG6sNETRwTGk7lppLXgBUmBigyMGUv92aYMNUbKA",
     true},
    /* ES256 that names no key */
    {"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJwcm92b3N0Iiw"
     "ic3ViIjoiYW5uIiwiZXhwIjoxNzAwMDAwNjAwLCJzY29wZSI6Im9wZW5pZCJ9.lJCWnu-wgaegHAu5jm"
     "YIxbdq4u7D21HxPydn8XGTHeLOe6fgUFYXAO6sBK5dxLQkx6FDDI9DRL736TAxanxGkg",
     true},
    /* RS256 that has expired */
    {"eyJhbGciOiJSUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiO"
     "iJwcm92b3N0Iiwic3ViIjoiYW5uIiwiZXhwIjoxNjk5OTkwMDAwfQ.vvruhTcL8nYoKO_4ll1nWmT8oG"
     "CXm4EIOM6oYfjAdxDti6X3cCStcRVjcI8t9bnaY_kz5H2nyXmAh_0kXkdDVsSUyNCDHtAur2ftGApMgc"
     "t1gNEfvZGRlsNJVvoB7BdFttaqEVqJKk_eeV5uuSkY0FHRUn0YuAElGWUVZlMxzDLbDwQvCTxdfb0sRL"
     "9AOSORKx7kKFO7omjJYlJzj3xQkmVxXXM48AdORdEwS5P8aSrWOO8lP2CCo8TyKhn8SLLnGD3K_fiUX5"
     "2iMmnP68ifTHsL8fy_S48-CCJno6JQqVLWVLgcsWFd440tvSQAe8eA5wD9loZIQlK-3ixzAz9bzA",
     false},
};
