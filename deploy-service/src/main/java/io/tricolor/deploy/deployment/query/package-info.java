/** Deployments folded from their streams. */
@NullMarked
package io.tricolor.deploy.deployment.query;

import org.jspecify.annotations.NullMarked;
