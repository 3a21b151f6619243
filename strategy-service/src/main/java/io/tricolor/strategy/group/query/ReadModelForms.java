package io.tricolor.strategy.group.query;

import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Brings read models that an earlier release stored in another form up to date, before anything reads them. */
@Component
class ReadModelForms implements SmartLifecycle {

    private final GroupReadModels readModels;
    private volatile boolean running;

    ReadModelForms(GroupReadModels readModels) {
        this.readModels = readModels;
    }

    @Override
    public void start() {
        readModels.bringUpToDate();
        running = true;
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Before event processors and the web server. */
    @Override
    public int getPhase() {
        return Integer.MIN_VALUE;
    }
}
