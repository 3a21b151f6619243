package io.tricolor.contracts.group;

/**
 * The plan template that an upgrade was made by; what its request named came in place of what the template says.
 *
 * @param template its name in the group
 * @param version of it, from 1
 */
public record PlanSource(String template, int version) {}
