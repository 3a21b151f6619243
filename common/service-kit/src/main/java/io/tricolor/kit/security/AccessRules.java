package io.tricolor.kit.security;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Who may do what, by method and path. The first rule that fits decides; what no rule fits is denied. A service has one
 * bean of this type.
 */
public final class AccessRules {

    private static final PathPatternParser PATTERNS = PathPatternParser.defaultInstance;

    private final List<Rule> rules;

    private AccessRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** Starts a list of rules. */
    public static Builder rules() {
        return new Builder();
    }

    List<Rule> list() {
        return rules;
    }

    /**
     * Roles of which one is needed for {@code method} on {@code path}; empty when no token is needed.
     *
     * @throws IllegalArgumentException when no rule fits, which denies it to everybody
     */
    public Set<String> roles(HttpMethod method, String path) {
        Rule rule = fitting(method, path);
        if (rule == null) {
            throw new IllegalArgumentException("nobody may " + method + " " + path);
        }
        return rule.roles();
    }

    /** Whether somebody may call {@code method} on {@code path}, as the rules say of a request that comes in. */
    public boolean permit(Actor actor, HttpMethod method, String path) {
        Rule rule = fitting(method, path);
        return rule != null && (rule.roles().isEmpty() || rule.roles().stream().anyMatch(actor::has));
    }

    private @Nullable Rule fitting(HttpMethod method, String path) {
        PathContainer asked = PathContainer.parsePath(path);
        for (Rule rule : rules) {
            boolean fits = rule.method() == null
                    || rule.method().equals(method)
                    || (HttpMethod.GET.equals(rule.method()) && HttpMethod.HEAD.equals(method));
            if (fits && PATTERNS.parse(rule.pattern()).matches(asked)) {
                return rule;
            }
        }
        return null;
    }

    /**
     * One rule.
     *
     * @param method null for all
     * @param pattern path pattern of Spring, for example {@code /api/groups/**}
     * @param roles one of them is enough; none: nobody needs a token
     */
    record Rule(@Nullable HttpMethod method, String pattern, Set<String> roles) {}

    /** Collects rules in order. */
    public static final class Builder {

        private final List<Rule> rules = new ArrayList<>();

        private Builder() {}

        /** One of the roles is needed for {@code method} on {@code pattern}. */
        public Builder allow(HttpMethod method, String pattern, String... roles) {
            return add(method, pattern, roles);
        }

        /** One of the roles is needed for any method on {@code pattern}. */
        public Builder allow(String pattern, String... roles) {
            return add(null, pattern, roles);
        }

        /** No token is needed for {@code pattern}. */
        public Builder open(String pattern) {
            rules.add(new Rule(null, pattern, Set.of()));
            return this;
        }

        /** The rules. */
        public AccessRules build() {
            return new AccessRules(rules);
        }

        private Builder add(@Nullable HttpMethod method, String pattern, String... roles) {
            if (roles.length == 0) {
                throw new IllegalArgumentException("name at least one role for " + pattern);
            }
            rules.add(new Rule(method, pattern, Set.of(roles)));
            return this;
        }
    }
}
