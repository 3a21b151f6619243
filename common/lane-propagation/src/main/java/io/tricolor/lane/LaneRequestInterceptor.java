package io.tricolor.lane;

import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/** Adds the carried headers of the thread to what a {@code RestClient} or a {@code RestTemplate} sends. */
public final class LaneRequestInterceptor implements ClientHttpRequestInterceptor {

    private final Propagation propagation;

    public LaneRequestInterceptor(Propagation propagation) {
        this.propagation = propagation;
    }

    @Override
    public ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
            throws IOException {
        if (propagation.reaches(request.getURI())) {
            HttpHeaders headers = request.getHeaders();
            CarriedHeaders.current().addTo(name -> headers.getFirst(name) != null, headers::set);
        }
        return execution.execute(request, body);
    }
}
