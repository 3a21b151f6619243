package io.tricolor.loggateway.elastic;

import co.elastic.clients.elasticsearch.ElasticsearchClient;
import co.elastic.clients.json.jackson.Jackson3JsonpMapper;
import co.elastic.clients.transport.instrumentation.NoopInstrumentation;
import co.elastic.clients.transport.rest5_client.Rest5ClientTransport;
import co.elastic.clients.transport.rest5_client.low_level.Request;
import co.elastic.clients.transport.rest5_client.low_level.Response;
import co.elastic.clients.transport.rest5_client.low_level.Rest5Client;
import co.elastic.clients.transport.rest5_client.low_level.Rest5ClientBuilder;
import java.io.IOException;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.util.Timeout;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one connection to Elasticsearch. All calls block; they fail with an {@link IOException} while it cannot be
 * reached.
 */
public final class Elasticsearch implements AutoCloseable {

    private final Rest5Client http;
    private final ElasticsearchClient client;

    Elasticsearch(ElasticsearchProperties properties) {
        Timeout timeout = Timeout.of(properties.timeout());
        Rest5ClientBuilder builder = Rest5Client.builder(properties.url())
                .setConnectionConfigCallback(connection ->
                        connection.setConnectTimeout(Timeout.ofSeconds(2)).setSocketTimeout(timeout))
                .setRequestConfigCallback(
                        request -> request.setConnectionRequestTimeout(timeout).setResponseTimeout(timeout));
        if (properties.apiKey() != null) {
            builder.setDefaultHeaders(
                    new Header[] {new BasicHeader(HttpHeaders.AUTHORIZATION, "ApiKey " + properties.apiKey())});
        }
        this.http = builder.build();
        this.client = new ElasticsearchClient(new Rest5ClientTransport(
                http, new Jackson3JsonpMapper(JsonMapper.shared()), null, NoopInstrumentation.INSTANCE));
    }

    /** For bulks and searches. */
    public ElasticsearchClient client() {
        return client;
    }

    /**
     * Sends JSON as it is. Fails with {@link co.elastic.clients.transport.rest5_client.low_level.ResponseException} on
     * 4xx and 5xx.
     */
    void put(String path, String json) throws IOException {
        Request request = new Request("PUT", path);
        request.setJsonEntity(json);
        var _ = http.performRequest(request);
    }

    /** Status of a GET; failures of the request's own are statuses too. */
    int get(String path) throws IOException {
        Request request = new Request("GET", path);
        request.addParameter(Rest5Client.IGNORE_RESPONSE_CODES_PARAM, "400,404,405");
        Response answer = http.performRequest(request);
        return answer.getStatusCode();
    }

    @Override
    public void close() throws IOException {
        client._transport().close();
    }
}
