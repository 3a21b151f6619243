/** Secrets that instances are started with. */
@NullMarked
package io.tricolor.deploy.secret;

import org.jspecify.annotations.NullMarked;
