/** Port to the orchestrator, with Marathon and Kubernetes behind it. */
@NullMarked
package io.tricolor.deploy.orchestrator;

import org.jspecify.annotations.NullMarked;
