package io.tricolor.router.sources;

/** A service of a group. */
public record ServiceKey(String group, String service) {

    /** Its name in the registry. */
    public String registryName() {
        return group + "-" + service;
    }
}
