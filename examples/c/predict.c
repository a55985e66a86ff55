/* Ask a registry for a prediction over HTTP.
 *
 *   cc -o predict predict.c -lcurl
 *   ./predict http://127.0.0.1:8000 cs-gluino-pair-lo '{"parameters": {"m_go": 2000.0, "m_sq": 3000.0}, "energy": "13 TeV"}'
 *
 * Prints value, uncertainty and reach of one point. A refusal goes to standard error, and the program ends with 1.
 * The answer to a single point is a flat JSON object, so that a search for the three numbers is enough here; a program
 * that asks for arrays takes a JSON library.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *text;
    size_t size;
} Answer;

static size_t keep(char *part, size_t one, size_t count, void *to)
{
    Answer *answer = to;
    size_t size = one * count;
    char *longer = realloc(answer->text, answer->size + size + 1);
    if (longer == NULL)
        return 0;
    answer->text = longer;
    memcpy(answer->text + answer->size, part, size);
    answer->size += size;
    answer->text[answer->size] = '\0';
    return size;
}

/* The number after "name": in a JSON object; 0 where it is not there or null. */
static int number(const char *json, const char *name, double *value)
{
    char key[64], *end;
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *found = strstr(json, key);
    if (found == NULL)
        return 0;
    found += strlen(key);
    *value = strtod(found, &end);
    return end != found;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s ADDRESS NETWORK BODY\n", argv[0]);
        return 2;
    }
    char url[1024];
    snprintf(url, sizeof url, "%s/v1/predict/%s", argv[1], argv[2]);

    Answer answer = {NULL, 0};
    long status = 0;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, argv[3]);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    curl_global_cleanup();

    int done = 1;
    double value, uncertainty, reach;
    if (code != CURLE_OK) {
        fprintf(stderr, "%s\n", curl_easy_strerror(code));
    } else if (status != 200 || answer.text == NULL) {
        fprintf(stderr, "HTTP %ld: %s\n", status, answer.text ? answer.text : "");
    } else if (number(answer.text, "value", &value) && number(answer.text, "uncertainty", &uncertainty) &&
               number(answer.text, "reach", &reach)) {
        printf("%.17g %.17g %.17g\n", value, uncertainty, reach);
        done = 0;
    } else {
        fprintf(stderr, "no single number in: %s\n", answer.text);
    }
    free(answer.text);
    return done;
}
