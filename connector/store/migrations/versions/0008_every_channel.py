"""Let single activities be switched off, and other programs send activities"""

import sqlalchemy as sa
from alembic import op


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('codes_off',
    sa.Column('org_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('activity_group', sa.String(length=40), nullable=False),
    sa.Column('activity', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_codes_off_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', 'activity_group', 'activity', name=op.f('pk_codes_off'))
    )
    op.create_table('intake_keys',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=24), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('secret', sa.Text(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('used_at', sa.BigInteger(), nullable=True),
    sa.Column('expires_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_intake_keys_org_id_orgs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_intake_keys')),
    sa.UniqueConstraint('hash', name=op.f('uq_intake_keys_hash')),
    sa.UniqueConstraint('public_id', name=op.f('uq_intake_keys_public_id'))
    )
    op.create_index('ix_intake_keys_org_id', 'intake_keys', ['org_id'])
    op.create_table('intake_batches',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('key_id', sa.Integer(), nullable=True),
    sa.Column('road', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=255), server_default='', nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('accepted', sa.Integer(), nullable=False),
    sa.Column('duplicate', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_intake_batches_org_id_orgs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_intake_batches'))
    )
    op.create_index('ix_intake_batches_org_id', 'intake_batches', ['org_id', 'id'])
    op.create_table('intake_refusals',
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event_id', sa.String(length=200), server_default='', nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['intake_batches.id'], name=op.f('fk_intake_refusals_batch_id_intake_batches')),
    sa.PrimaryKeyConstraint('batch_id', 'line', name=op.f('pk_intake_refusals'))
    )
    op.create_table('intake_signatures',
    sa.Column('key_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('signature', sa.String(length=64), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('key_id', 'signature', name=op.f('pk_intake_signatures'))
    )
    op.create_index('ix_intake_signatures_at', 'intake_signatures', ['at'])
    op.create_table('people_phones',
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=18), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=False),
    sa.Column('changed_run', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_people_phones_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', 'person_id', 'phone', name=op.f('pk_people_phones'))
    )
    op.create_index('ix_people_phones_org_id_phone', 'people_phones', ['org_id', 'phone'])
    op.create_index('ix_people_phones_org_id_changed_run', 'people_phones', ['org_id', 'changed_run'])
    op.add_column('recipients', sa.Column('phone', sa.String(length=20), server_default='', nullable=False))
    op.add_column('facts', sa.Column('channel', sa.String(length=10), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_column('facts', 'channel')
    op.drop_column('recipients', 'phone')
    op.drop_table('people_phones')
    op.drop_table('intake_signatures')
    op.drop_table('intake_refusals')
    op.drop_table('intake_batches')
    op.drop_table('intake_keys')
    op.drop_table('codes_off')
