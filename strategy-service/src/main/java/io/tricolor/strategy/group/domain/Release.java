package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Manifest;
import java.util.SortedMap;

/**
 * What a cluster runs, or is to run.
 *
 * @param instances by service name
 */
public record Release(String cluster, Manifest manifest, SortedMap<String, Integer> instances) {}
