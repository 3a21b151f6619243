/** A Kubernetes for tests: an API server in memory, and what a cluster does with what is written there. */
package io.tricolor.deploy.kubernetes;
