/** Brings the orchestrator and the registry to what is desired, again and again. */
@NullMarked
package io.tricolor.deploy.reconcile;

import org.jspecify.annotations.NullMarked;
