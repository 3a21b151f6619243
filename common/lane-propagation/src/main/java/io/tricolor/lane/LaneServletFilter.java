package io.tricolor.lane;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Collections;
import org.springframework.core.Ordered;

/**
 * Keeps the carried headers of a request with the thread that works on it. Other threads get them by
 * {@link CarriedHeaders#call}.
 */
public final class LaneServletFilter implements Filter, Ordered {

    private final Propagation propagation;

    public LaneServletFilter(Propagation propagation) {
        this.propagation = propagation;
    }

    /** Before filters that call others. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE + 100;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest http)) {
            chain.doFilter(request, response);
            return;
        }
        try {
            propagation
                    .from(http::getHeader, name -> Collections.list(http.getHeaders(name)))
                    .call(() -> {
                        chain.doFilter(request, response);
                        return true;
                    });
        } catch (IOException | ServletException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException(e);
        }
    }
}
