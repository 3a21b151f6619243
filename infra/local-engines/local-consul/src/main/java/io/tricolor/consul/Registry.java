package io.tricolor.consul;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The rules of services, checks and sessions. Each method adds its changes to the transaction it is given. */
final class Registry {
    private Registry() {}

    /**
     * Registers an instance; one with the same id is replaced. A check that exists already keeps what it said last.
     *
     * @param replaceChecks whether checks of the instance that are not named any more go
     */
    static void register(Transaction tx, ServiceEntry wanted, List<CheckEntry> checks, boolean replaceChecks) {
        State state = tx.state();
        ServiceEntry before = state.service(wanted.id());
        if (before == null || !before.sameContent(wanted)) {
            tx.emit(new Change.ServicePut(wanted.at(before == null ? tx.index() : before.createIndex(), tx.index())));
        }
        List<String> named = checks.stream().map(CheckEntry::checkId).toList();
        for (CheckEntry old : state.checksOf(wanted.id())) {
            boolean maintenance = old.checkId().startsWith(CheckEntry.SERVICE_MAINTENANCE_PREFIX);
            if (named.contains(old.checkId())) {
                continue;
            }
            if (replaceChecks && !maintenance) {
                removeCheck(tx, old);
            } else if (!old.serviceName().equals(wanted.name())) {
                tx.emit(new Change.CheckPut(renamed(old, wanted.name()).at(old.createIndex(), tx.index())));
            }
        }
        checks.forEach(check -> putCheck(tx, check));
    }

    /** Removes an instance and its checks. */
    static void deregister(Transaction tx, ServiceEntry service) {
        tx.state().checksOf(service.id()).forEach(check -> removeCheck(tx, check));
        tx.emit(new Change.ServiceRemove(service.id(), service.name(), tx.index()));
    }

    /** Defines a check; one with the same id is replaced and leaves its status behind. */
    static void putCheck(Transaction tx, CheckEntry wanted) {
        CheckEntry before = tx.state().check(wanted.checkId());
        CheckEntry after = before == null ? wanted : wanted.with(before.status(), before.output(), 0);
        if (before == null || !before.sameContent(after)) {
            tx.emit(new Change.CheckPut(after.at(before == null ? tx.index() : before.createIndex(), tx.index())));
        }
        if (before == null && after.status() == CheckStatus.CRITICAL) {
            endDependents(tx, after.checkId());
        }
    }

    static void removeCheck(Transaction tx, CheckEntry check) {
        tx.emit(new Change.CheckRemove(check.checkId(), tx.index()));
        endDependents(tx, check.checkId());
    }

    /** Notes what a check says now; nothing happens when its status is the same. */
    static void report(Transaction tx, CheckEntry check, CheckStatus status, String output) {
        if (check.status() != status) {
            tx.emit(new Change.CheckPut(check.with(status, output, tx.index())));
            if (status == CheckStatus.CRITICAL) {
                endDependents(tx, check.checkId());
            }
        }
    }

    /** Ends a session: what it holds is released or deleted. */
    static void end(Transaction tx, @Nullable SessionEntry session) {
        if (session != null && tx.firstToEnd(session.id())) {
            KeyValues keys = new KeyValues(tx);
            keys.endOf(session);
            keys.commit();
            tx.emit(new Change.SessionRemove(session.id(), tx.index()));
        }
    }

    private static void endDependents(Transaction tx, String checkId) {
        tx.state().sessions().stream()
                .filter(session -> session.dependsOn(checkId))
                .forEach(session -> end(tx, session));
    }

    private static CheckEntry renamed(CheckEntry check, String serviceName) {
        return new CheckEntry(
                check.checkId(),
                check.name(),
                check.notes(),
                check.serviceId(),
                serviceName,
                check.definition(),
                check.deregisterAfter(),
                check.status(),
                check.output(),
                check.createIndex(),
                check.modifyIndex());
    }

    /** The instances of a service that have all of the tags. */
    static Stream<ServiceEntry> instances(State state, String name, List<String> tags) {
        return state.instances(name).stream().filter(service -> service.tags().containsAll(tags));
    }
}
