package io.tricolor.kit.security;

import io.tricolor.contracts.TokenClaims;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Roles in the claims of a token. */
final class RoleClaims {

    private final String path;
    private final Map<String, List<String>> mapping;

    RoleClaims(String path, Map<String, List<String>> mapping) {
        this.path = path;
        this.mapping = Map.copyOf(mapping);
    }

    /** Our roles, with those that they include. */
    Set<String> of(Map<String, Object> claims) {
        Set<String> ours = new TreeSet<>();
        for (String name : TokenClaims.texts(TokenClaims.at(claims, path))) {
            if (mapping.isEmpty()) {
                ours.add(name);
            } else {
                ours.addAll(mapping.getOrDefault(name, List.of()));
            }
        }
        return Roles.expand(ours);
    }
}
