package io.tricolor.lane;

import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;

/**
 * Adds the carried headers to what a {@code WebClient} sends: those of the Reactor context, else those of the thread
 * that subscribes.
 */
public final class LaneExchangeFilter implements ExchangeFilterFunction {

    private final Propagation propagation;

    public LaneExchangeFilter(Propagation propagation) {
        this.propagation = propagation;
    }

    @Override
    public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
        return Mono.deferContextual(context -> {
            CarriedHeaders carried = context.getOrDefault(CarriedHeaders.class, CarriedHeaders.current());
            if (carried == null || carried.isEmpty() || !propagation.reaches(request.url())) {
                return next.exchange(request);
            }
            return next.exchange(ClientRequest.from(request)
                    .headers(headers -> carried.addTo(name -> headers.getFirst(name) != null, headers::set))
                    .build());
        });
    }
}
