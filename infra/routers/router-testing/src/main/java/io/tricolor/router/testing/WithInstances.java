package io.tricolor.router.testing;

import org.junit.jupiter.api.BeforeEach;

/** Tests of a router with, besides these peers, one instance of each of the clusters A and B of the group shop. */
public abstract class WithInstances extends WithPeers {

    protected FakeInstance a;
    protected FakeInstance b;

    @BeforeEach
    void startInstances() {
        a = keep(new FakeInstance("A", "a-1"));
        b = keep(new FakeInstance("B", "b-1"));
        consul.register("shop-web", a.as("shop", "web"), b.as("shop", "web"));
    }
}
